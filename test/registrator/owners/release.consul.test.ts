import { describe, expect, it } from 'vitest';
import type { Consul } from '../../../src/consul/client.ts';
import { type Release, releaseServices } from '../../../src/registrator/owners/release.ts';
import type { Registrator } from '../../../src/registrator/run.ts';
import { readCatalog } from '../../support/consul/catalog.ts';
import { testDeadline } from '../../support/consul/client.ts';
import { type Call, intercept } from '../../support/consul/intercept.ts';
import { registerAsGoDoes, registerForeign } from '../../support/registrator/lambda-pairs.ts';
import { fullSync } from '../../support/registrator/registrator.ts';
import { useRegistrator } from '../../support/registrator/use-registrator.ts';

const given = useRegistrator();

function release(names: string[], parts: Registrator = given.parts): Promise<Release> {
  return releaseServices(parts, names, testDeadline());
}

/** The registrator, with something that happens before its calls of `method`. */
function overtaken(method: keyof Consul, before: (call: Call) => Promise<unknown>): Registrator {
  const consul = intercept(given.consul, async (call) => {
    if (call.method === method) await before(call);
    return call.make();
  });
  return { ...given.parts, consul };
}

async function marks(name: string): Promise<(string | undefined)[]> {
  const { services, defaults } = await readCatalog(given.server);
  return [services[name]?.Meta['registrator-owner'], defaults[name]?.entry.Meta?.['registrator-owner']];
}

const free = [undefined, undefined];

async function everything(): Promise<unknown> {
  const { services, defaults } = await readCatalog(given.server);
  const entries = Object.entries(defaults).map(([name, { entry }]) => {
    const { ModifyIndex: _modify, Hash: _hash, ...kept } = entry;
    return [name, kept];
  });
  return JSON.parse(JSON.stringify({ services, defaults: Object.fromEntries(entries) }));
}

function setTag(name: string, tag: string): Promise<unknown> {
  return given.server.ok('GET', `/v1/catalog/node/lambdas`).then((answer) => {
    const { Services } = answer as { Services: Record<string, object> };
    const Service = { ...Services[name], Tags: ['managed-by-lambda-registrator', tag] };
    return given.server.ok('PUT', '/v1/catalog/register', { Node: 'lambdas', SkipNodeUpdate: true, Service });
  });
}

describe('release', () => {
  it('takes the mark off and nothing else, and the next sync adopts the service of an enabled function', async () => {
    given.world.set('pay', { enabled: 'true', 'route-host': 'pay.example.com' });
    given.world.set('mail');
    await fullSync(given.parts);
    const before = await everything();
    expect(await release(['PAY'])).toEqual({
      services: [{ service: 'PAY', outcome: 'released', message: 'Our mark was taken off PAY.' }],
      unseen: [],
    });
    expect(await marks('pay')).toEqual(free);
    given.watch();
    expect(await release(['pay'])).toMatchObject({
      services: [{ outcome: 'not-ours', message: expect.stringContaining("carries no owner's mark") }],
    });
    expect(given.writes()).toEqual([]);
    expect((await fullSync(given.parts)).changes).toMatchObject([{ action: 'adopt', service: 'pay' }]);
    expect(await everything()).toEqual(before);
  });

  it('leaves a released service alone once its function ended', async () => {
    given.world.set('pay');
    await fullSync(given.parts);
    await release(['pay']);
    given.world.remove('pay');
    expect((await fullSync(given.parts)).changes).toEqual([]);
    expect(Object.keys((await readCatalog(given.server)).services)).toEqual(['pay']);
  });

  it('leaves alone what is not ours or not there, says whose it is, and goes on', async () => {
    given.world.set('pay');
    await fullSync(given.parts);
    await fullSync(given.registrator({ OWNER_ID: 'other', SERVICE_PREFIX: 'x-' }));
    await registerAsGoDoes(given.server, 'legacy');
    await registerForeign(given.server, 'db', { node: 'lambdas' });
    await registerForeign(given.server, 'web');
    const { services } = await release(['x-pay', 'legacy', 'db', 'web', 'a`(b', 'pay', 'pay']);
    expect(services.map(({ service, outcome }) => `${service} ${outcome}`)).toEqual([
      'x-pay not-ours',
      'legacy not-ours',
      'db not-ours',
      'web unknown',
      'a`(b unknown',
      'pay released',
    ]);
    expect(services[0]?.message).toContain('belongs to owner other');
    expect(await marks('x-pay')).toEqual(['other', 'other']);
    expect(await marks('pay')).toEqual(free);
  });

  it('finishes a release of which one half was left', async () => {
    given.world.set('pay');
    await fullSync(given.parts);
    given.watch((request) => (request.includes('/v1/txn') ? { status: 500, body: 'no disk' } : undefined));
    expect((await release(['pay'])).services).toMatchObject([
      { outcome: 'failed', code: 'UPSTREAM_REJECTED', retryable: false },
    ]);
    given.watch();
    expect((await release(['pay'])).services).toMatchObject([{ outcome: 'released' }]);
    expect(await marks('pay')).toEqual(free);
  });

  it('keeps what another writer changed in between', async () => {
    given.world.set('pay');
    await fullSync(given.parts);
    let times = 0;
    const once = overtaken('transact', async () => {
      times += 1;
      if (times === 1) await setTag('pay', 'blue');
    });
    expect((await release(['pay'], once)).services).toMatchObject([{ outcome: 'released' }]);
    const { services } = await readCatalog(given.server);
    expect(services['pay']?.Tags).toContain('blue');
    expect(await marks('pay')).toEqual(free);
  });

  it('gives up when it is overtaken twice, to be tried again', async () => {
    given.world.set('pay');
    await fullSync(given.parts);
    let times = 0;
    const always = overtaken('transact', () => setTag('pay', `tag-${(times += 1)}`));
    expect((await release(['pay'], always)).services).toMatchObject([
      { outcome: 'failed', code: 'REVISION_CONFLICT', retryable: true },
    ]);
    expect((await release(['pay'])).services).toMatchObject([{ outcome: 'released' }]);
  });

  it.each(['/v1/txn', '/v1/config?'])('ends released although the answer of %s was lost', async (path) => {
    given.world.set('pay');
    await fullSync(given.parts);
    let isLost = false;
    given.watch((request) => {
      if (isLost || !request.startsWith('PUT') || !request.includes(path)) return undefined;
      isLost = true;
      return 'lost';
    });
    expect((await release(['pay'])).services).toMatchObject([{ outcome: 'released' }]);
    expect(isLost).toBe(true);
    expect(await marks('pay')).toEqual(free);
  });

  it('cannot be made while Consul is away', async () => {
    given.watch(() => 'reset');
    await expect(release(['pay'])).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
  });
});

describe('release outside home', () => {
  async function remember(names: string): Promise<void> {
    const NodeMeta = { 'external-node': 'true', 'external-probe': 'false', 'registrator-datacenters': names };
    await given.server.ok('PUT', '/v1/catalog/register', { Node: 'lambdas', Address: '10.0.0.9', NodeMeta });
  }

  it('tells of a remembered datacenter that is away, and goes on', async () => {
    given.world.set('pay');
    await fullSync(given.parts);
    await remember('dc1,dc9');
    const { services, unseen } = await release(['pay']);
    expect(services).toMatchObject([{ outcome: 'released' }]);
    expect(unseen).toMatchObject([{ where: 'datacenter dc9' }]);
    expect(await release(['pay'], given.registrator({ DATACENTER: 'dc1' }))).toMatchObject({ unseen: [] });
  });

  it('takes the mark off there too, and off the service-defaults once', async () => {
    given.world.set('pay');
    await fullSync(given.parts);
    await remember('dc2');
    const written: unknown[] = [];
    // What is asked of dc2 is asked of this one: a datacenter with the same services.
    const consul = intercept(given.consul, async ({ method, args, make }) => {
      const [place, ...others] = args;
      if (method === 'transact' || method === 'putServiceDefaults') written.push([method, place]);
      const isThere = JSON.stringify(place) === '{"datacenter":"dc2"}';
      return isThere && method === 'transact' ? [undefined] : make(isThere ? [{}, ...others] : args);
    });
    const { services, unseen } = await release(['pay'], { ...given.parts, consul });
    expect(unseen).toEqual([]);
    expect(services).toMatchObject([
      { outcome: 'released', message: 'Our mark was taken off pay at home and in datacenter dc2.' },
    ]);
    expect(written).toEqual([
      ['putServiceDefaults', {}],
      ['transact', {}],
      ['transact', { datacenter: 'dc2' }],
    ]);
  });
});
