import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { isIntact, storageFor, trustOf } from '../../../src/registrator/extension-data/content.ts';
import {
  isParameterPath,
  parameterPath,
  usesParameter,
} from '../../../src/registrator/extension-data/path.ts';
import { leafMetaKeys } from '../../../src/lambda-service/service.ts';

const settings = { prefix: '/p', tier: undefined, kmsKey: 'alias/mesh' };
const ofSize = (bytes: number): Secret => new Secret('x'.repeat(bytes));

describe('a value', () => {
  it.each(['Standard', 'Advanced', 'Intelligent-Tiering', undefined] as const)(
    'of 4 KB asks for no tier, whatever is set (%s)',
    (tier) => {
      const storage = { tier: undefined, kmsKey: 'alias/mesh' };
      expect(storageFor(ofSize(4096), { ...settings, tier }, 'pay')).toEqual(storage);
    },
  );

  it.each(['Advanced', 'Intelligent-Tiering'] as const)('over 4 KB asks for %s where that is set', (tier) => {
    for (const bytes of [4097, 8192]) {
      expect(storageFor(ofSize(bytes), { ...settings, tier }, 'pay')).toEqual({ tier, kmsKey: 'alias/mesh' });
    }
  });

  it.each([
    [4097, undefined, /pay takes 4097 bytes.*Set CONSUL_EXTENSION_DATA_TIER/],
    [4097, 'Standard', /pay takes 4097 bytes.*Set CONSUL_EXTENSION_DATA_TIER/],
    [8193, 'Advanced', /pay takes 8193 bytes.*no parameter holds more than 8192/],
  ] as const)('of %d bytes with the tier %s fails and says so', (bytes, tier, message) => {
    expect(() => storageFor(ofSize(bytes), { ...settings, tier }, 'pay')).toThrow(message);
  });

  it('that is none of ours is not intact', () => {
    const written = { path: '/p', renew: 1, expires: 2, roots: 'r' };
    for (const text of [
      '',
      '{}',
      'null',
      '[1',
      '{"privateKeyPEM":"k","certPEM":"c","rootCertPEM":"r","trustDomain":"t"}',
    ]) {
      expect(isIntact(new Secret(text), 'pay', written)).toBe(false);
    }
  });

  it('has the roots one below the other, and a fingerprint of them in their order', () => {
    const trust = trustOf({ trustDomain: 'd', certificates: ['first', 'second\n'] });
    expect(trust.rootCertPEM).toBe('first\nsecond\n');
    const turned = trustOf({ trustDomain: 'd', certificates: ['second\n', 'first'] });
    expect(turned.fingerprint).not.toBe(trust.fingerprint);
    expect(trustOf({ trustDomain: 'd', certificates: ['first\n', 'second'] })).toEqual(trust);
  });
});

describe('a path', () => {
  const place = { partition: 'sales', namespace: 'shop' };
  it('is of partition, namespace and name, each default where there is none', () => {
    expect(parameterPath('/p', { place, functionName: 'pay' })).toBe('/p/sales/shop/pay');
    expect(parameterPath('/p', { place: {}, functionName: 'pay' })).toBe('/p/default/default/pay');
  });

  it.each([
    ['/p/sales/shop/pay', true],
    ['/other/p/sales/shop/Pay_2-x', true],
    ['/p/default/default/pay', false],
    ['/p/sales/shop/pay/more', false],
    ['/p/sales/shop/', false],
    ['/p/sales/shop/a.b', false],
    ['', false],
  ])('%s counts as one of its place: %s', (path, expected) => {
    expect(isParameterPath(path, place)).toBe(expected);
  });

  it('is in use by what names it, and by the function that it is of', () => {
    const service = { ID: 'pay', Service: 'pay', ModifyIndex: 1, Meta: { [leafMetaKeys.parameter]: '/old' } };
    const one = { place, functionArn: 'arn', functionName: 'pay', service };
    expect(usesParameter('/old', one, '/p')).toBe(true);
    expect(usesParameter('/p/sales/shop/pay', one, '/p')).toBe(true);
    expect(usesParameter('/q/sales/shop/pay', one, '/p')).toBe(false);
    expect(usesParameter('/q/sales/shop/pay', one, undefined)).toBe(true);
  });
});
