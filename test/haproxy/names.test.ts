import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkFilePath } from '../../src/core/checked.ts';
import {
  checkCookieName,
  checkFileName,
  checkHealthPath,
  checkInstanceId,
  checkRouteHost,
  checkRoutePath,
  checkServiceName,
  fileName,
  reservedName,
} from '../../src/haproxy/names.ts';
import { tries } from '../support/explorations.ts';
import { hostileTexts } from '../support/hostile-texts.ts';

const words = {
  checkServiceName,
  checkInstanceId,
  checkCookieName,
  checkRouteHost,
  checkRoutePath,
  checkHealthPath,
  checkFilePath,
};

describe.each(Object.entries(words))('%s', (_name, check) => {
  it.each(hostileTexts)('refuses %j, alone and inside a value', (hostile) => {
    for (const text of [hostile, `a${hostile}b`, `/a${hostile}`, `${hostile}:80`]) {
      expect(check(text)).toMatchObject({ ok: false, problem: expect.stringMatching(/^must be /) });
    }
  });
});

it('states the rule and the value, shortened, in a problem', () => {
  expect(checkServiceName('a b')).toEqual({
    ok: false,
    problem: 'must be 1 to 128 letters, digits, ., _ and -, the first a letter or digit, not "a b"',
  });
  expect(checkCookieName('x'.repeat(300))).toMatchObject({ problem: expect.stringMatching(/^.{30,150}…$/) });
});

it.each([
  ['A.Example', 'a.example'],
  ['a.example.', 'a.example'],
  ['*.Example.org.', '*.example.org'],
  ['my_app', 'my_app'],
  ['10.0.0.1', '10.0.0.1'],
  ['[2001:DB8:0:0::1]', '[2001:db8::1]'],
])('reads the route host %s as %s', (text, value) => {
  expect(checkRouteHost(text)).toEqual({ ok: true, value });
});

it.each([
  '',
  '.',
  '*',
  '*.',
  '*.*.x',
  'a.*',
  'a..b',
  '-a',
  'a:80',
  '2001:db8::1',
  '[fe80::1%eth0]',
  '[]',
  '1.2.3',
  '*.10.0.0.1',
])('refuses the route host %j', (text) => {
  expect(checkRouteHost(text)).toMatchObject({ ok: false });
});

it.each([
  ['/a', '/a'],
  ['a', '/a'],
  ['/a/b.c/D-_1', '/a/b.c/D-_1'],
  ['__proto__', '/__proto__'],
])('reads the route path %s as %s', (text, value) => {
  expect(checkRoutePath(text)).toEqual({ ok: true, value });
});

it.each([
  '',
  '/',
  '//a',
  '/a/',
  '/a//b',
  '/a/../b',
  '/.',
  '/a:b',
  '/a~',
  '/%61',
  '/é',
  `/${'a/'.repeat(16)}a`,
  `/${'a'.repeat(255)}`,
])('refuses the route path %j', (text) => {
  expect(checkRoutePath(text)).toMatchObject({ ok: false });
});

describe('names of any service in a file', () => {
  it('are the text itself where it is a name, and differ for all that differ', () => {
    expect(fileName('web-1.cluster')).toBe('web-1.cluster');
    const odd = ['a/b', 'a_b', 'a@b', 'ab/', '', '漢', 'x'.repeat(200), 'x'.repeat(201), '-a', 'a b'];
    const names = odd.map(fileName);
    expect(new Set(names).size).toBe(odd.length);
    for (const name of names) {
      expect(checkFileName(name)).toEqual({ ok: true, value: name });
      expect(checkInstanceId(name).ok).toBe(true);
    }
  });

  it('are legal and one for each text, whatever the text, and whether or not a service may have it', () => {
    const odd = fc.oneof(
      fc.constantFrom(...hostileTexts, '', 'a/b', 'a_b', 'a:b', 'A', 'a'),
      fc.string({ maxLength: 200, unit: 'grapheme' }),
      fc.string({ maxLength: 20 }).map(fileName),
      fc.string({ maxLength: 20 }).map(reservedName),
    );
    fc.assert(
      fc.property(odd, odd, (one, other) => {
        expect(checkFileName(fileName(one))).toEqual({ ok: true, value: fileName(one) });
        expect(fileName(one) === fileName(other)).toBe(one === other);
      }),
      tries(1000),
    );
  });

  it('stay what they are', () => {
    expect(fileName('a/b')).toBe('a_b:c14cddc033f64b9d');
  });
});
