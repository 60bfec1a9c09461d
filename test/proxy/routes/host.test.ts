import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostOf, targetOf } from '../../../src/proxy/routes/host.ts';
import { tries } from '../../support/explorations.ts';
import { hostileTexts } from '../../support/hostile-texts.ts';

const hostIn = (hosts: readonly string[], target = '/', httpVersion = '1.1') =>
  hostOf({ target, hosts, httpVersion });

describe('the host of a request', () => {
  it.each([
    ['foo.x', 'foo.x'],
    ['FOO.x:8080', 'foo.x'],
    ['foo.x.', 'foo.x'],
    ['foo.x.:80', 'foo.x'],
    ['foo.x..', 'foo.x.'],
    ['foo.x:', 'foo.x'],
    ['a_b-c.x', 'a_b-c.x'],
    ['127.0.0.1:80', '127.0.0.1'],
    ['[::1]:8080', '[::1]'],
    ['[2001:DB8:0:0::1]', '[2001:db8::1]'],
    ['[::ffff:1.2.3.4]', '[::ffff:102:304]'],
    ['', ''],
  ])('is of Host %j %j', (header, host) => {
    expect(hostIn([header])).toEqual({ ok: true, value: host });
  });

  it.each([
    'a b',
    'a/b',
    'me@a',
    'a,b',
    'a:b',
    'a:80:80',
    '::1',
    '[::1',
    '[::1]x',
    '[::1%25lo]',
    '[zz]',
    '[]',
    'a:123456',
    'ä',
  ])('is bad when Host is %j', (header) => {
    expect(hostIn([header])).toMatchObject({ ok: false });
  });

  it.each(hostileTexts)('is bad with %j in it', (hostile) => {
    for (const header of [hostile, `a${hostile}`, `${hostile}a`, `[::1]${hostile}`]) {
      expect(hostIn([header])).toMatchObject({ ok: false });
    }
  });

  it('is bad without a Host header, except in HTTP/1.0', () => {
    expect(hostIn([])).toMatchObject({ ok: false });
    expect(hostIn([], 'http://a/')).toMatchObject({ ok: false });
    expect(hostIn([], '/', '1.0')).toEqual({ ok: true, value: '' });
    expect(hostIn([], 'http://a/', '1.0')).toEqual({ ok: true, value: 'a' });
  });

  it('is bad with two Host headers, even the same', () => {
    expect(hostIn(['a', 'a'])).toMatchObject({ ok: false });
    expect(hostIn(['a', 'b'], 'http://a/', '1.0')).toMatchObject({ ok: false });
  });

  it('is that of an absolute target, whatever Host says that is no fault', () => {
    expect(hostIn(['b'], 'http://A.x.:80/p')).toEqual({ ok: true, value: 'a.x' });
    expect(hostIn(['b'], 'HTTPS://[::1]?q')).toEqual({ ok: true, value: '[::1]' });
    expect(hostIn(['b b'], 'http://a/')).toMatchObject({ ok: false });
    for (const target of ['http:///p', 'http://me@a/', 'http://a b/', 'http://a:x/']) {
      expect(hostIn(['b'], target)).toMatchObject({ ok: false });
    }
  });

  it('is not looked for in the path', () => {
    expect(hostIn(['a'], '/http://b/')).toEqual({ ok: true, value: 'a' });
    expect(hostIn(['a'], '//b/')).toEqual({ ok: true, value: 'a' });
  });

  it('stays the same when it is read again', () => {
    const character = fc.constantFrom(...'aB1._-:[]*/ @'.split(''));
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 10 }), (header) => {
        const host = hostIn([header]);
        fc.pre(host.ok);
        expect(host.value).toMatch(/^([a-z0-9._-]*|\[[0-9a-f:]+\])$/);
        const again = hostIn([`${host.value}:80`]);
        expect(again).toEqual({ ok: true, value: host.value.replace(/\.$/, '') });
      }),
      tries(2000),
    );
  });
});

describe('the target of a request', () => {
  it.each([
    ['/', { path: '/', query: undefined }],
    ['/a%2Fb//../c?x=1?y', { path: '/a%2Fb//../c', query: 'x=1?y' }],
    ['/a?', { path: '/a', query: '' }],
    ['//host/p', { path: '//host/p', query: undefined }],
    ['http://h/p?q', { path: '/p', query: 'q' }],
    ['HTTP://h:80', { path: '/', query: undefined }],
    ['https://h?q=/', { path: '/', query: 'q=/' }],
    ['http://h//p', { path: '//p', query: undefined }],
    ['*', { path: '*', query: undefined }],
  ])('is read from %s', (target, expected) => {
    expect(targetOf(target)).toEqual({ ok: true, value: expected });
  });

  it.each(['', 'p', '?q', '*x', '*?q', 'h:80', 'ftp://h/p', 'http:/p', 'http:h'])('is bad: %j', (target) => {
    expect(targetOf(target)).toMatchObject({ ok: false });
  });

  it('keeps every byte', () => {
    const bytes = fc.string({ unit: fc.constantFrom(...'/?#%2F.;&=\\~é \t*:'.split('')) });
    fc.assert(
      fc.property(bytes, (rest) => {
        const origin = targetOf(`/${rest}`);
        expect(origin).toEqual(targetOf(`http://h/${rest}`));
        if (!origin.ok) throw new Error(origin.problem);
        const { path, query } = origin.value;
        return query === undefined ? path === `/${rest}` : `${path}?${query}` === `/${rest}`;
      }),
      tries(1000),
    );
  });
});
