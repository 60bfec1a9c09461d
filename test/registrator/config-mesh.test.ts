import { describe, expect, it } from 'vitest';
import { problemsOf, read } from '../support/registrator/config.ts';

describe('the places that are managed', () => {
  it.each([
    ['true', 'apps, Web,,apps', ['apps', 'web']],
    ['1', 'default', ['default']],
    ['false', 'default', []],
    ['false', 'DEFAULT,default', []],
  ])('reads ENTERPRISE=%s with PARTITIONS=%s', (enterprise, partitions, managed) => {
    expect(read({ ENTERPRISE: enterprise, PARTITIONS: partitions })).toMatchObject({
      partitions: managed,
      warnings: [],
    });
  });

  it.each(['', ' , '])(
    'manages the partition default where PARTITIONS is "%s", and says so',
    (partitions) => {
      expect(read({ ENTERPRISE: 'true', PARTITIONS: partitions })).toMatchObject({
        enterprise: true,
        partitions: ['default'],
        warnings: [expect.stringContaining('PARTITIONS is empty')],
      });
    },
  );

  it('refuses partitions that only Enterprise has, and names that no partition has', () => {
    expect(problemsOf({ PARTITIONS: 'default,apps' })).toEqual([
      expect.stringContaining('PARTITIONS needs ENTERPRISE=true'),
    ]);
    expect(problemsOf({ ENTERPRISE: 'true', PARTITIONS: 'apps,a_b,-c' })).toEqual([
      'PARTITIONS holds "a_b", which is not the name of a partition',
      'PARTITIONS holds "-c", which is not the name of a partition',
    ]);
  });
});

describe('the place of extension data', () => {
  it.each(['/consul/lambda', 'consul/lambda', '/consul/lambda//'])(
    'writes extension data below %s, a path from the root',
    (prefix) => {
      expect(read({ CONSUL_EXTENSION_DATA_PREFIX: prefix }).extension).toEqual({
        prefix: '/consul/lambda',
        tier: undefined,
        kmsKey: undefined,
      });
    },
  );

  it('takes the tier of extension data in any case, and a key by id, alias or ARN', () => {
    const prefix = { CONSUL_EXTENSION_DATA_PREFIX: '/lambda' };
    const extension = (env: Record<string, string>) => read({ ...prefix, ...env }).extension;
    for (const tier of ['intelligent-tiering', 'Intelligent-Tiering']) {
      expect(extension({ CONSUL_EXTENSION_DATA_TIER: tier })?.tier).toBe('Intelligent-Tiering');
    }
    for (const kmsKey of [
      '1234abcd-12ab-34cd-56ef-1234567890ab',
      'alias/lambda',
      'arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab',
    ]) {
      expect(extension({ CONSUL_EXTENSION_DATA_KMS_KEY: kmsKey })?.kmsKey).toBe(kmsKey);
    }
  });

  it('gives functions no certificates without a prefix, whatever the tier and the key', () => {
    const env = { CONSUL_EXTENSION_DATA_TIER: 'Advanced', CONSUL_EXTENSION_DATA_KMS_KEY: 'alias/lambda' };
    expect(read(env).extension).toBeUndefined();
  });
});
