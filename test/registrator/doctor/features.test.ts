import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { aliasArn } from '../../../src/lambda-service/arn.ts';
import { leafMetaKeys, metaKeys } from '../../../src/lambda-service/service.ts';
import { finding, instruments, nodeWith, noon, ours } from '../../support/registrator/doctor.ts';
import { arnOf } from '../../support/aws/tag-world.ts';

const day = 86_400_000;
const twoDays = 2 * day;

describe('extension data', () => {
  const env = { CONSUL_EXTENSION_DATA_PREFIX: '/consul/lambda' };
  /** A certificate of two days that was made so long ago. */
  function leaf(ageMs: number, name = 'orders', arn = arnOf(name)) {
    const expires = (noon - ageMs + twoDays) / 1000;
    return ours(
      name,
      {
        [leafMetaKeys.renew]: String(expires - day / 1000),
        [leafMetaKeys.expires]: String(expires),
        [leafMetaKeys.parameter]: `/consul/lambda/default/default/${name}`,
      },
      arn,
    );
  }

  it.each([
    ['young', 0.1 * twoDays, 'ok'],
    ['past half its life, when the agent gives no other yet', 0.85 * twoDays, 'ok'],
    ['that is due since just now', 0.9 * twoDays + 9 * 60_000, 'ok'],
    ['that is due for more than two periods', 0.9 * twoDays + 11 * 60_000, 'warn'],
    ['that has ended', twoDays, 'FAIL'],
  ])('of a certificate %s', async (_what, age, status) => {
    expect(await finding('extension data', { env, consul: nodeWith([leaf(age)]) })).toMatchObject({ status });
  });

  it('that is missing is warned of, but not of aliases', async () => {
    expect(await finding('extension data', { env, consul: nodeWith([ours('orders')]) })).toMatchObject({
      status: 'warn',
      found: 'without a certificate: orders',
    });
    const alias = ours('orders-live', {}, aliasArn(arnOf('orders'), 'live'));
    expect(await finding('extension data', { env, consul: nodeWith([leaf(0), alias]) })).toMatchObject({
      status: 'ok',
      found: '1 functions have a certificate',
    });
  });

  it.each([
    [3584, {}, 'ok'],
    [3585, {}, 'warn'],
    [3585, { CONSUL_EXTENSION_DATA_TIER: 'Advanced' }, 'ok'],
    [3585, { CONSUL_EXTENSION_DATA_TIER: 'Standard' }, 'warn'],
  ])('of %i bytes with %o is %s', async (bytes, more, status) => {
    const parameters = { value: () => Promise.resolve(new Secret('k'.repeat(bytes))) };
    const consul = nodeWith([leaf(0)]);
    expect(
      await finding('extension data size', { env: { ...env, ...more }, consul, parameters }),
    ).toMatchObject({ status });
  });

  it('that nobody wrote has no size', async () => {
    expect(await finding('extension data size', { env, consul: nodeWith([]) })).toMatchObject({
      status: 'skip',
    });
  });

  it.each([
    [100 * 60_000, 'ok'],
    [99 * 60_000, 'warn'],
  ])(
    'of certificates that live %i ms is %s, two syncs of five minutes being a tenth',
    async (ttl, status) => {
      const authorityConfiguration = () => Promise.resolve({ kind: 'told' as const, leafTtlMs: ttl });
      expect(await finding('leaf certificates', { env, consul: { authorityConfiguration } })).toMatchObject({
        status,
      });
    },
  );

  it('is judged by what was written where the token may not ask, and needs Connect', async () => {
    const denied = { authorityConfiguration: () => Promise.resolve({ kind: 'denied' as const }) };
    expect(await finding('leaf certificates', { env, consul: denied })).toMatchObject({ status: 'skip' });
    const consul = { ...denied, ...nodeWith([leaf(0)]) };
    expect(await finding('leaf certificates', { env, consul })).toMatchObject({ status: 'ok' });
    const off = { authorityConfiguration: () => Promise.resolve({ kind: 'off' as const }) };
    expect(await finding('leaf certificates', { env, consul: off })).toMatchObject({ status: 'warn' });
  });
});

describe('gateway links', () => {
  const linked = ours('orders', { [metaKeys.gateway]: 'exit' });
  const entry = (...names: string[]) => ({
    configEntries: () =>
      Promise.resolve([
        { Kind: 'terminating-gateway', Name: 'exit', Services: names.map((Name) => ({ Name })) },
      ]),
  });

  it.each([
    ['lists the service', entry('Orders'), 'ok'],
    ['lists all services', entry('*'), 'ok'],
    ['lists others', entry('billing'), 'warn'],
    ['lists none', { configEntries: instruments().consul.configEntries }, 'warn'],
  ])('of a gateway that %s', async (_what, entries, status) => {
    const consul = { ...nodeWith([linked]), ...entries };
    expect(await finding('gateway links', { consul })).toMatchObject({ status });
  });

  it('to the gateway of all services need its entry', async () => {
    const env = { TERMINATING_GATEWAY: 'exit' };
    expect(await finding('gateway links', { env })).toMatchObject({ status: 'warn' });
    expect(await finding('gateway links', { env, consul: entry() })).toMatchObject({ status: 'ok' });
  });
});
