import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { consulClient } from '../../support/consul/client.ts';
import { certificatesIn, rotateRoot } from '../../support/consul/connect.ts';
import { pathOf, useExtensionData } from '../../support/registrator/extension-data.ts';
import { startFederation } from '../../support/places/federation.ts';
import { fullSync, partsFor, syncOf } from '../../support/registrator/registrator.ts';
import { createTagWorld, type TagWorld } from '../../support/aws/tag-world.ts';

const given = useExtensionData();
let functions: TagWorld;

beforeEach(() => {
  functions = createTagWorld();
});

/** A registrator that gives functions their certificates, `hours` from now. */
function registrator(hours = 0) {
  const env = { CONSUL_EXTENSION_DATA_PREFIX: '/consul/lambda' };
  const parts = partsFor(given.consul, functions.functions, { env, parameters: given.world.parameters });
  return { ...parts, wallClock: () => Date.now() + hours * 3_600_000 };
}

const stored = (name: string) => given.world.values.get(pathOf(name))?.reveal();

function failing(of: string): void {
  given.world.before = (call) => {
    if (call.startsWith(of)) throw new AppError('UPSTREAM_UNAVAILABLE', 'AWS is away.');
  };
}

/** What the Go registrator got wrong; the numbers are those of the list of its defects. */
describe('the registrator', () => {
  it('asks for certificates anew in full syncs, without any event (4)', async () => {
    functions.set('pay');
    await fullSync(registrator());
    given.front.requests.length = 0;
    await fullSync(registrator());
    expect(given.front.requests.filter((request) => request.includes('/ca/leaf/'))).toEqual([]);
    await fullSync(registrator(0.75));
    expect(given.front.requests.filter((request) => request.includes('/ca/leaf/'))).toHaveLength(1);
  });

  it('heals a parameter that could not be written, and leaves none behind that could not be removed (5)', async () => {
    functions.set('pay');
    failing('put');
    expect(await fullSync(registrator())).toMatchObject({
      failures: [{ code: 'WORK_LEFT', retryable: true }],
    });
    given.world.before = () => {};
    await fullSync(registrator());
    expect(stored('pay')).toContain('PRIVATE KEY');
    functions.remove('pay');
    failing('remove');
    expect(await fullSync(registrator())).toMatchObject({ failures: [{ service: 'pay', retryable: true }] });
    given.world.before = () => {};
    await fullSync(registrator());
    expect(given.world.values.size).toBe(0);
    expect(await given.registered()).toEqual([]);
  });

  it('registers what names another datacenter there, and takes it away there (8)', async () => {
    const federation = await startFederation();
    const consul = consulClient(federation.of('dc1'));
    const instances = async () =>
      (await federation.of('dc2').ok('GET', '/v1/catalog/service/pay')) as { Datacenter: string }[];
    functions.set('pay', { enabled: 'true', datacenter: 'dc2' });
    await fullSync(partsFor(consul, functions.functions));
    expect(await instances()).toMatchObject([{ Datacenter: 'dc2', Node: 'lambdas' }]);
    expect(await federation.of('dc1').ok('GET', '/v1/catalog/service/pay')).toEqual([]);
    functions.remove('pay');
    await fullSync(partsFor(consul, functions.functions));
    expect(await instances()).toEqual([]);
    consul.close();
    await federation.close();
  });

  it('asks no more of Consul and AWS for many functions that are as wanted than for one (11)', async () => {
    const cost = async (): Promise<number[]> => {
      await fullSync(partsFor(given.consul, functions.functions));
      const before = functions.functions.calls();
      given.front.requests.length = 0;
      await fullSync(partsFor(given.consul, functions.functions));
      return [given.front.requests.length, functions.functions.calls() - before];
    };
    functions.set('fn');
    const one = await cost();
    for (let index = 0; index < 100; index += 1) functions.set(`fn-${index}`);
    expect(await cost()).toEqual(one);
  });

  it('takes events of functions without tags calmly where certificates are given, too (13)', async () => {
    failing('remove');
    expect(await syncOf(registrator(), 'plain')).toMatchObject({ complete: true, changes: [], failures: [] });
    expect(given.world.calls).toEqual([]);
  });

  it('gives aliases no certificate, which the extension would never read (19)', async () => {
    functions.set('pay', { enabled: 'true', aliases: 'prod+dev' });
    await fullSync(registrator());
    expect([...given.world.values.keys()]).toEqual([pathOf('pay')]);
  });

  it('stores all roots, the active one first (20)', async () => {
    functions.set('pay');
    await fullSync(registrator());
    await rotateRoot(given.server);
    await fullSync(registrator());
    const { rootCertPEM } = JSON.parse(stored('pay') ?? '{}') as { rootCertPEM: string };
    expect(certificatesIn(rootCertPEM)).toHaveLength(2);
  });
});
