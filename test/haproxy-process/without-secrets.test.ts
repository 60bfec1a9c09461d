import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutSecrets } from '../../src/haproxy-process/without-secrets.ts';
import { passwordHash } from '../../src/haproxy/password-hash.ts';
import { tries } from '../support/explorations.ts';

const shown: readonly (readonly [text: string, shown: string])[] = [
  ['  user stats password $5$rounds=1000$salt$aB./3', '  user stats password ***'],
  ['user a insecure-password pa\\ ss groups b', 'user a insecure-password *** groups b'],
  ['user a insecure-password "pa ss" groups b', 'user a insecure-password *** groups b'],
  [`user a password 'pa ss' groups b`, 'user a password *** groups b'],
  ['user a password x"y z"\\"w groups b', 'user a password *** groups b'],
  ['stats auth admin:secret', 'stats auth admin:***'],
  ['http-request set-header Authorization "Bearer abc def"', 'http-request set-header Authorization ***'],
  ['http-check send hdr authorization Basic\\ abc', 'http-check send hdr authorization ***'],
  ['http-request replace-header X-Api-Key (.*) abc\\1', 'http-request replace-header X-Api-Key ***'],
  ['user a password "not closed\nbackend b', 'user a password ***\nbackend b'],
  ['user a password a\\', 'user a password ***'],
  ['setenv TOKEN abc', 'setenv TOKEN ***'],
  ['presetenv TOKEN "a b"', 'presetenv TOKEN ***'],
  ['log http://me:secret@collector.example/', 'log http://me:***@collector.example/'],
  ["unknown '$5$rounds=1000$salt$abc./xyz' in 'users'", "unknown '***' in 'users'"],
  [`[ALERT] unknown word '$6$salt$hash' in '$2y$10$abc'`, `[ALERT] unknown word '***' in '***'`],
];

describe('withoutSecrets', () => {
  it.each(shown)('shows %s as %s', (text, expected) => {
    expect(withoutSecrets(text)).toBe(expected);
    expect(withoutSecrets(expected)).toBe(expected);
  });

  it('leaves all else as it is', () => {
    const text = [
      'frontend fe',
      '  bind :80',
      '  http-request auth realm pages if !{ http_auth(ul_pages) }',
      '  http-request set-var(txn.page) bool(true) if { path -m reg ^/stats(;|$) }',
      '  stats uri /stats',
      '# it costs $5',
      '  http-request del-header Authorization if TRUE',
      '  http-request set-header X-Forwarded-For %[src]',
      'server s_a 10.0.0.1:80 weight 100 check',
      '',
    ].join('\n');
    expect(withoutSecrets(text)).toBe(text);
  });

  it('shows no password of a userlist, whatever stands around it', () => {
    const around = fc.constantFrom('', '\n', '#', '  ', 'x', '\nbackend b\n', '"', "'");
    fc.assert(
      fc.property(fc.stringMatching(/^[ -~]{1,40}$/), around, around, (password, before, after) => {
        const hash = passwordHash(password, 'salt');
        const text = `${before}\n  user u password ${hash}\n${after}`;
        expect(withoutSecrets(text)).toBe(`${before}\n  user u password ***\n${after}`);
      }),
      tries(100),
    );
  });
});
