import { expect, it } from 'vitest';
import { byteString, endToEnd, isHeaderName, isHeaderValue } from '../../src/http/headers.ts';

it('lets end-to-end headers through alone', () => {
  expect(
    endToEnd([
      ['connection', 'Keep-Alive, X-Own'],
      ['keep-alive', 'timeout=5'],
      ['proxy-status', 'x'],
      ['te', 'trailers'],
      ['x-own', '1'],
      ['connection', 'close'],
      ['content-length', '3'],
      ['upgrade', 'h2c'],
      ['accept', '*/*'],
    ]),
  ).toEqual([
    ['proxy-status', 'x'],
    ['content-length', '3'],
    ['accept', '*/*'],
  ]);
});

it('knows names and values that HTTP allows', () => {
  expect(['x-a', "!#$%&'*+-.^_`|~09azAZ"].every(isHeaderName)).toBe(true);
  expect(['', 'a b', 'a:', 'ü', 'a\n', '(a)', 'a\0'].some(isHeaderName)).toBe(false);
  expect(['', 'a\tb c', 'ü漢', '\u0080'].every(isHeaderValue)).toBe(true);
  expect(['\r', '\n', '\0', '\u001f', '\u007f', 'a\r\nb: c'].some(isHeaderValue)).toBe(false);
});

it('spells text in bytes only where it must', () => {
  expect(byteString('ü\xff')).toBe('ü\xff');
  expect(byteString('ü€')).toBe('\xc3\xbc\xe2\x82\xac');
});
