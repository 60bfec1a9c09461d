import * as fc from 'fast-check';
import { isIP } from 'node:net';
import { describe, expect, it } from 'vitest';
import { sourceOf, trustOf } from '../../../src/proxy/forward/peer.ts';
import { tries } from '../../support/explorations.ts';

const isTrusted = trustOf(['127.0.0.1', '10.0.0.0/8', '2001:db8:1::/48']);
const fromTrusted = (list: string | string[]) => sourceOf('127.0.0.1', list, isTrusted);

describe('the source of a request', () => {
  it.each([
    ['8.8.8.8', '8.8.8.8'],
    ['1.2.3.4, 8.8.8.8, 10.1.1.1', '8.8.8.8'],
    ['8.8.8.8:1234, 10.1.1.1:80', '8.8.8.8'],
    ['[2001:db8::1]:80', '2001:db8::1'],
    ['[2001:DB8:0::1]', '2001:db8::1'],
    ['2001:db8::1, 2001:db8:1::9', '2001:db8::1'],
    ['::ffff:8.8.8.8', '8.8.8.8'],
    ['8.8.8.8, ::ffff:10.1.1.1', '8.8.8.8'],
    ['[::ffff:8.8.8.8]:80,, ', '8.8.8.8'],
    ['10.0.0.7, 10.0.0.8', '10.0.0.7'],
    ['', '127.0.0.1'],
  ])('behind trusted proxies with %j is %s', (list, source) => {
    expect(fromTrusted(list)).toBe(source);
  });

  it.each([
    ['1.2.3.4, unknown', '127.0.0.1'],
    ['1.2.3.4, unknown, 10.1.1.1', '10.1.1.1'],
    ['1.2.3.4, 8.8.8.8:port', '127.0.0.1'],
    ['1.2.3.4, 0x7f.1', '127.0.0.1'],
    ['1.2.3.4, 08.8.8.8', '127.0.0.1'],
    ['1.2.3.4, [8.8.8.8]', '127.0.0.1'],
    ['1.2.3.4, fe80::1%eth0', '127.0.0.1'],
    ['1.2.3.4, <script>, 10.1.1.1, 10.1.1.2', '10.1.1.1'],
  ])('is the last hop that is known where %j holds no address: %s', (list, source) => {
    expect(fromTrusted(list)).toBe(source);
  });

  it('is an address whatever a client sends', () => {
    const hop = fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom('10.0.0.1', '10.0.0.2:80', 'x'), fc.string());
    fc.assert(
      fc.property(fc.array(hop), (hops) => {
        expect(isIP(fromTrusted(hops))).not.toBe(0);
      }),
      tries(500),
    );
  });

  it('is the peer where that is not trusted', () => {
    expect(sourceOf('8.8.8.8', '1.2.3.4', isTrusted)).toBe('8.8.8.8');
    expect(sourceOf('127.0.0.1', '1.2.3.4', trustOf([]))).toBe('127.0.0.1');
  });
});
