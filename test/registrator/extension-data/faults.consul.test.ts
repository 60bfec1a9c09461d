import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { leafMetaKeys } from '../../../src/lambda-service/service.ts';
import { isIntact } from '../../../src/registrator/extension-data/content.ts';
import { removeExtensionData } from '../../../src/registrator/extension-data/remove.ts';
import { renewExtensionData } from '../../../src/registrator/extension-data/renew.ts';
import { writtenOf } from '../../../src/registrator/extension-data/written.ts';
import { leafMetaOf, node, pathOf, useExtensionData } from '../../support/registrator/extension-data.ts';
import { arnOf } from '../../support/aws/tag-world.ts';

const given = useExtensionData();
const died = new Error('the process was killed');

async function renew(): ReturnType<typeof renewExtensionData> {
  return renewExtensionData(given.run(), await given.registered());
}

/** Whether the parameter of a function is what the Meta of its service says. */
async function isWhole(name: string): Promise<boolean> {
  const value = given.world.values.get(pathOf(name));
  const written = writtenOf(await given.service(name));
  return value !== undefined && written !== undefined && isIntact(value, name, written);
}

describe('renewal', () => {
  it('that died between parameter and Meta writes it again', async () => {
    await given.register('pay');
    const run = given.run();
    const consul = { ...run.consul, transact: () => Promise.reject(died) };
    await expect(renewExtensionData({ ...run, consul }, await given.registered())).rejects.toBe(died);
    expect([given.world.values.size, writtenOf(await given.service('pay'))]).toEqual([1, undefined]);
    expect(await renew()).toMatchObject({ changes: [{ service: 'pay' }], failures: [] });
    expect(await isWhole('pay')).toBe(true);
  });

  it('that died after the new and before the old parameter finds both again', async () => {
    await given.register('pay');
    await renew();
    const moved = (): ReturnType<typeof given.run> =>
      given.run({ env: { CONSUL_EXTENSION_DATA_PREFIX: '/mesh' } });
    given.world.before = (call) => {
      if (call.startsWith('remove')) throw died;
    };
    await expect(renewExtensionData(moved(), await given.registered())).rejects.toBe(died);
    given.world.before = () => {};
    await renewExtensionData(moved(), await given.registered());
    expect([...given.world.values.keys()]).toEqual([pathOf('pay', '/mesh')]);
  });

  it.each([
    ['the roots', '/connect/ca/roots', 2],
    ['a leaf', '/connect/ca/leaf/', 2],
    ['a transaction', '/v1/txn', 2],
    ['the roots for long', '/connect/ca/roots', 99],
    ['a leaf for long', '/connect/ca/leaf/', 99],
    ['a transaction for long', '/v1/txn', 99],
  ])('outlives that Consul fails with %s', async (_what, path, times) => {
    await given.register('pay');
    await given.register('mail');
    for (const fault of ['reset', 'lost', 'cut', { status: 500, body: 'No cluster leader' }] as const) {
      let left = times;
      given.front.fault = (request) => (request.includes(path) && left-- > 0 ? fault : undefined);
      const report = await renew();
      expect(report.failures.every(({ retryable }) => retryable)).toBe(true);
      expect(report.failures.length === 0).toBe(times < 99);
      given.front.fault = () => undefined;
      expect((await renew()).failures).toEqual([]);
      expect([await isWhole('pay'), await isWhole('mail')]).toEqual([true, true]);
      await given.register('pay');
      await given.register('mail');
    }
  });

  it.each(['put', 'values'])('outlives that Parameter Store fails with %s', async (operation) => {
    await given.register('pay');
    await given.register('mail');
    if (operation === 'values') await renew();
    given.world.before = (call) => {
      if (call.startsWith(operation)) throw new AppError('UPSTREAM_THROTTLED', 'throttled');
    };
    for (let slice = 0; slice < 12; slice += 1) {
      const run = given.run({ now: slice * 5 * 60_000 });
      const { failures } = await renewExtensionData(run, await given.registered());
      expect(failures.every(({ retryable }) => retryable)).toBe(true);
    }
    given.world.before = () => {};
    expect((await renew()).failures).toEqual([]);
    expect([await isWhole('pay'), await isWhole('mail')]).toEqual([true, true]);
  });

  it('keeps what others changed meanwhile, and gives up after a second loss', async () => {
    await given.register('pay');
    const change = async (colour: string): Promise<void> => {
      const { service } = (await given.registered())[0] ?? {};
      const Service = { ID: 'pay', Service: 'pay', Tags: [colour], Meta: service?.Meta };
      await given.server.ok('PUT', '/v1/catalog/register', {
        Node: node,
        Address: '127.0.0.1',
        SkipNodeUpdate: true,
        Service,
      });
    };
    let changes = 0;
    const untilLost = (times: number) => async (request: string) => {
      if (request.includes('/v1/txn') && changes < times) await change(`colour-${(changes += 1)}`);
      return undefined;
    };
    given.front.fault = untilLost(1);
    expect(await renew()).toMatchObject({ changes: [{ service: 'pay' }], failures: [] });
    expect(await given.service('pay')).toMatchObject({ Tags: ['colour-1'] });
    expect(await isWhole('pay')).toBe(true);
    await given.register('pay');
    given.front.fault = untilLost(3);
    expect(await renew()).toMatchObject({
      changes: [],
      failures: [{ code: 'REVISION_CONFLICT', retryable: true }],
    });
  });

  it('leaves no parameter to a service that went meanwhile', async () => {
    await given.register('pay');
    const registered = await given.registered();
    await given.server.ok('PUT', '/v1/catalog/register', { Node: node, Address: '127.0.0.1' });
    await given.server.ok('PUT', '/v1/catalog/deregister', { Node: node, ServiceID: 'pay' });
    expect(await renewExtensionData(given.run(), registered)).toMatchObject({ changes: [], failures: [] });
    expect(given.world.values.size).toBe(0);
  });

  it('says what to allow where the token may not ask for a leaf', async () => {
    await given.register('pay');
    given.front.fault = (request) =>
      request.includes('/ca/leaf/') ? { status: 403, body: 'Permission denied' } : undefined;
    expect(await renew()).toMatchObject({ failures: [{ code: 'UPSTREAM_AUTH', retryable: false }] });
  });

  it("warns of partitions other than the agent's, and asks no more for them", async () => {
    for (let at = 0; at < 12; at += 1) await given.register(`f${at}`);
    given.front.fault = (request) =>
      request.includes('/ca/leaf/')
        ? { status: 400, body: 'partition "sales" is not the agent\'s' }
        : undefined;
    given.front.requests.length = 0;
    const registered = (await given.registered()).map((one) => ({ ...one, place: { partition: 'sales' } }));
    const { warnings, failures } = await renewExtensionData(given.run(), registered);
    expect([warnings.length, failures, given.world.values.size]).toEqual([12, [], 0]);
    const asked = given.front.requests.filter((request) => request.includes('/ca/leaf/'));
    expect(asked.length).toBeLessThanOrEqual(4);
  });
});

describe('removal', () => {
  const remove = async (...names: string[]) => {
    const all = await given.registered();
    const leaving = all.filter(({ service }) => names.includes(service.ID));
    return removeExtensionData(
      given.run(),
      leaving,
      all.filter((one) => !leaving.includes(one)),
    );
  };

  it('takes the parameter that Meta names, and one that a run which died left', async () => {
    await given.register('pay');
    await given.register('mail');
    await renew();
    expect(await remove('pay')).toEqual({ kept: [], failures: [] });
    expect([...given.world.values.keys()]).toEqual([pathOf('mail')]);
    expect(await remove('pay')).toEqual({ kept: [], failures: [] });
    await given.register('mail');
    expect(await remove('mail')).toEqual({ kept: [], failures: [] });
    expect(given.world.values.size).toBe(0);
  });

  it('leaves what a renamed function still uses', async () => {
    await given.register('pay');
    await renew();
    await given.register('pay', 'payments');
    expect(await remove('pay')).toEqual({ kept: [], failures: [] });
    expect(given.world.values.size).toBe(1);
    await given.server.ok('PUT', '/v1/catalog/deregister', { Node: node, ServiceID: 'pay' });
    expect(await renew()).toMatchObject({ changes: [{ service: 'payments' }] });
    const written = writtenOf(await given.service('payments'));
    const value = given.world.values.get(pathOf('pay'));
    expect(written && value && isIntact(value, 'payments', written)).toBe(true);
  });

  it('keeps a service whose parameter may go later', async () => {
    await given.register('pay');
    await given.register('mail');
    await renew();
    given.world.before = (call) => {
      if (call === `remove ${pathOf('pay')}`) throw new AppError('UPSTREAM_UNAVAILABLE', 'AWS is away.');
    };
    const { kept, failures } = await remove('pay', 'mail');
    expect(kept).toMatchObject([{ service: { ID: 'pay' } }]);
    expect(failures).toMatchObject([{ service: 'pay', arn: arnOf('pay'), retryable: true }]);
    expect([...given.world.values.keys()]).toEqual([pathOf('pay')]);
  });

  it('lets services go whose parameters may not be removed, and names what they leave', async () => {
    await given.register('pay');
    await given.register('mail');
    await renew();
    given.world.before = () => {
      const details = { action: 'ssm:DeleteParameter' };
      throw new AppError('UPSTREAM_AUTH', 'AWS denied it: grant ssm:DeleteParameter.', { details });
    };
    const { kept, failures } = await remove('pay', 'mail');
    expect(kept).toEqual([]);
    expect(failures).toMatchObject([{ code: 'UPSTREAM_AUTH', retryable: false }]);
    expect(failures[0]?.message).toMatch(
      /ssm:DeleteParameter.*\/consul\/lambda\/default\/default\/\w+ is left behind/,
    );
  });

  it('never takes what only looks like a parameter of a function', async () => {
    await given.register('pay');
    const service = await given.service('pay');
    for (const path of [
      '/prod/database/password',
      '/consul/lambda/sales/default/pay',
      'x/default/default/a/b',
    ]) {
      const Meta = { ...service.Meta, ...leafMetaOf(service), [leafMetaKeys.parameter]: path };
      const leaving = [{ place: {}, service: { ...service, Meta } as typeof service }];
      await removeExtensionData(given.run({ env: { CONSUL_EXTENSION_DATA_PREFIX: '' } }), leaving, []);
    }
    expect(given.world.calls).toEqual([]);
  });
});
