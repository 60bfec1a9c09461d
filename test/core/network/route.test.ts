import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Checked } from '../../../src/core/checked.ts';
import { checkHostPattern, checkPathPrefix } from '../../../src/core/network/route.ts';
import { checkRouteHost, checkRoutePath } from '../../../src/haproxy/names.ts';
import { parseFunctionArn } from '../../../src/lambda-service/arn.ts';
import { readTags, tagPrefix } from '../../../src/lambda-service/tags.ts';
import { tries } from '../../support/explorations.ts';
import { hostileTexts } from '../../support/hostile-texts.ts';

const valueOf = (result: Checked<string>): string | undefined => (result.ok ? result.value : undefined);

it.each([
  ['A.Example.', 'a.example'],
  ['*.Example.org', '*.example.org'],
  ['a_b.example', 'a_b.example'],
  ['1.2.3', '1.2.3'],
  ['10.0.0.1', '10.0.0.1'],
  ['[2001:DB8:0::1]', '[2001:db8::1]'],
])('reads the host %s as %s', (text, host) => {
  expect(checkHostPattern(text)).toEqual({ ok: true, value: host });
});

it.each([
  '',
  '.',
  '*',
  '*.',
  '*.*.x',
  'a.*',
  'a..b',
  'a.b..',
  '-a',
  'a-',
  'a:80',
  '2001:db8::1',
  '[]',
  '[::1%lo]',
])('refuses the host %j', (text) => {
  expect(checkHostPattern(text)).toMatchObject({ ok: false });
});

it.each([
  ['/', '/'],
  ['/a', '/a'],
  ['/a/', '/a'],
  ['/A/b.c/...~_-', '/A/b.c/...~_-'],
  ['/s'.repeat(17), '/s'.repeat(17)],
])('reads the path %s as %s', (text, path) => {
  expect(checkPathPrefix(text)).toEqual({ ok: true, value: path });
});

it.each([
  '',
  'a',
  '//',
  '//a',
  '/a//',
  '/a//b',
  '/.',
  '/..',
  '/a/.',
  '/a/../b',
  '/a/./',
  '/a:b',
  '/%61',
  '/a;x',
])('refuses the path %j', (text) => {
  expect(checkPathPrefix(text)).toMatchObject({ ok: false });
});

it.each(hostileTexts)('refuses %j in hosts and paths', (hostile) => {
  for (const text of [hostile, `a${hostile}`, `${hostile}a`, `*.a${hostile}b`, `[::1${hostile}]`]) {
    expect(checkHostPattern(text)).toMatchObject({ ok: false });
    expect(checkPathPrefix(`/${text}`)).toMatchObject({ ok: false });
  }
});

describe('each form in which routes are written', () => {
  const pieces = ['a', 'b1', 'A', '7', '-', '_', '.', '..', '~', '*.', '[', ']', '::1', ':', 'é', ' '];
  const hosts = fc.array(fc.constantFrom(...pieces), { maxLength: 7 }).map((parts) => parts.join(''));
  const paths = fc
    .array(fc.constantFrom('/', '/', '/a', ...pieces), { maxLength: 24 })
    .map((parts) => parts.join(''))
    .map((text) => `/${text}`);

  it('takes hosts of the one grammar alone, and the same normal form of them', () => {
    fc.assert(
      fc.property(hosts, (text) => {
        const normal = valueOf(checkHostPattern(text));
        for (const host of [tagged('route-host', text), valueOf(checkRouteHost(text))]) {
          expect([undefined, normal]).toContain(host);
        }
      }),
      tries(2000),
    );
  });

  it('refuses hosts only for what it cannot express', () => {
    fc.assert(
      fc.property(hosts, (text) => {
        const host = valueOf(checkHostPattern(text));
        fc.pre(host !== undefined);
        const isOddIpv4 = /(^|\.)[0-9]+$/.test(host) && !/^([0-9]+\.){3}[0-9]+$/.test(host);
        expect(valueOf(checkRouteHost(text))).toBe(isOddIpv4 ? undefined : host);
        expect(tagged('route-host', host)).toBe(/[_[]/.test(host) ? undefined : host);
      }),
      tries(2000),
    );
  });

  it('takes paths of the one grammar alone, and refuses only what it cannot express', () => {
    fc.assert(
      fc.property(paths, (text) => {
        const path = valueOf(checkPathPrefix(text));
        expect(tagged('route-path', text)).toBe(path);
        const inFile = path === text && path !== '/' && !path.includes('~') && path.split('/').length <= 17;
        expect(valueOf(checkRoutePath(text))).toBe(inFile ? path : undefined);
      }),
      tries(2000),
    );
  });
});

/** What the tag of a function comes to; undefined when it is refused. */
function tagged(tag: 'route-host' | 'route-path', value: string): string | undefined {
  const arn = parseFunctionArn('arn:aws:lambda:eu-west-1:123456789012:function:pay');
  if (arn === undefined) throw new Error('not an ARN');
  const tags = { [`${tagPrefix}enabled`]: 'true', [tagPrefix + tag]: value };
  const [service] = readTags(arn, tags, { servicePrefix: '', terminatingGateway: undefined }).services;
  return tag === 'route-host' ? service?.routeHost : service?.routePath;
}
