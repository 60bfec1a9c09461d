import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Consul } from '../../../src/consul/client.ts';
import type { ConsulOptions } from '../../../src/consul/transport/requests.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { deadlineIn } from '../../../src/core/deadline.ts';
import { synchronise } from '../../../src/registrator/app.ts';
import type { Registrator } from '../../../src/registrator/run.ts';
import { emptyCatalog, halves, readCatalog } from '../../support/consul/catalog.ts';
import { consulClient } from '../../support/consul/client.ts';
import { type ConsulServer, startConsul } from '../../support/consul/server.ts';
import { type Fault, type FaultyFront, startFaultyFront } from '../../support/http/faulty-front.ts';
import { hasExtensions } from '../../support/registrator/lambda-pairs.ts';
import { fullSync, partsFor, syncOf } from '../../support/registrator/registrator.ts';
import { createTagWorld, type TagWorld } from '../../support/aws/tag-world.ts';

let server: ConsulServer;
let front: FaultyFront;
let world: TagWorld;
let parts: Registrator;
const clients: Consul[] = [];
beforeAll(async () => {
  server = await startConsul();
  front = await startFaultyFront(server);
});
afterAll(async () => {
  await front?.close();
  await server?.close();
});
beforeEach(async () => {
  front.fault = () => undefined;
  await emptyCatalog(server);
  world = createTagWorld();
  parts = registrator();
});
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

function registrator(options: Partial<ConsulOptions> = {}): Registrator {
  const client = consulClient(front, options);
  clients.push(client);
  return partsFor(client, world.functions);
}

/** Two functions, and then one of each change. */
async function changesDue(): Promise<void> {
  world.set('changes');
  world.set('goes');
  await fullSync(parts);
  world.set('changes', { enabled: 'true', 'payload-passthrough': 'true', 'service-tags': 'eu' });
  world.remove('goes');
  world.set('comes');
}

const bothSyncs = [
  ['full sync', (on: Registrator) => fullSync(on)],
  ['event', (on: Registrator) => syncOf(on, 'changes', 'goes', 'comes')],
] as const;

/** What was due is done, and nothing else. */
async function expectRepair(): Promise<void> {
  front.fault = () => undefined;
  expect(await fullSync(parts)).toMatchObject({ complete: true, failures: [] });
  const state = await readCatalog(server);
  expect(halves(state)).toEqual([]);
  expect(Object.keys(state.services).toSorted()).toEqual(['changes', 'comes']);
  expect((await fullSync(parts)).counts).toMatchObject({ unchanged: 2, created: 0, updated: 0, deleted: 0 });
}

const outages: [string, Fault, string][] = [
  ['limits its callers', { status: 429, body: 'rate limit exceeded' }, 'UPSTREAM_THROTTLED'],
  ['is overloaded', { status: 503, body: 'try again later' }, 'UPSTREAM_UNAVAILABLE'],
  ['has lost its leader', { status: 500, body: 'No cluster leader' }, 'UPSTREAM_UNAVAILABLE'],
  ['resets connections', 'reset', 'UPSTREAM_UNAVAILABLE'],
];

describe.each(outages)('a Consul that %s', (_what, fault, code) => {
  it.each(bothSyncs)('before %s has read it is an error, and nothing is changed', async (_kind, sync) => {
    await changesDue();
    const before = await readCatalog(server);
    front.fault = () => fault;
    await expect(sync(parts)).rejects.toMatchObject({ code, retryable: true });
    expect(await readCatalog(server)).toEqual(before);
    await expectRepair();
  });

  it.each(bothSyncs)('when %s writes leaves every change as retryable work', async (_kind, sync) => {
    await changesDue();
    const before = await readCatalog(server);
    front.fault = (request) => (request.startsWith('GET ') ? undefined : fault);
    const report = await sync(parts);
    expect(report.counts).toMatchObject({ created: 0, updated: 0, deleted: 0, failed: 3 });
    expect(report.failures.map(({ service }) => service).toSorted()).toEqual(['changes', 'comes', 'goes']);
    for (const failure of report.failures) expect(failure).toMatchObject({ code, retryable: true });
    expect(await readCatalog(server)).toEqual(before);
    await expectRepair();
  });

  it.each(bothSyncs)(
    'in the middle of %s leaves a report of what was done and what was not',
    async (_kind, sync) => {
      await changesDue();
      let writes = 0;
      // From the second write on nothing is answered any more, reads neither.
      front.fault = (request) => {
        if (!request.startsWith('GET ')) writes += 1;
        return writes > 1 ? fault : undefined;
      };
      const report = await sync(parts);
      expect(report.failures.length).toBeGreaterThan(0);
      expect(report.failures.every(({ retryable }) => retryable)).toBe(true);
      await expectRepair();
    },
  );

  it('after a lost race leaves a report of what was done before', async () => {
    await changesDue();
    let raced = false;
    front.fault = async (request) => {
      if (raced && request.startsWith('GET /v1/catalog/node/')) return fault;
      if (request.startsWith('PUT /v1/txn') && !raced) {
        raced = true;
        const Service = { ID: 'comes', Service: 'comes', Port: 80 };
        await server.ok('PUT', '/v1/catalog/register', { Node: 'lambdas', SkipNodeUpdate: true, Service });
      }
      return undefined;
    };
    const report = await fullSync(parts);
    expect(report.changes.map(({ service }) => service)).toContain('changes');
    expect(report.failures).toContainEqual(expect.objectContaining({ service: 'comes', retryable: true }));
  });

  it('while names are looked up elsewhere keeps creations back, and nothing else', async () => {
    await changesDue();
    front.fault = (request) => (/^GET \/v1\/catalog\/services?/.test(request) ? fault : undefined);
    const report = await fullSync(parts);
    expect(report.counts).toMatchObject({ created: 0, updated: 1, deleted: 1, failed: 1 });
    expect(report.failures).toMatchObject([{ service: 'comes', code, retryable: true }]);
    await expectRepair();
  });
});

describe('a Consul that does not answer', () => {
  it.each(bothSyncs)('ends %s with an error when it is read', async (_kind, sync) => {
    await changesDue();
    front.fault = () => 'silence';
    const once = registrator({ timeoutMs: 50, retry: { attempts: 1, baseMs: 1, maxMs: 1 } });
    await expect(sync(once)).rejects.toMatchObject({ code: 'UPSTREAM_TIMEOUT', retryable: true });
    await expectRepair();
  });

  it.each(bothSyncs)(
    'leaves what %s had to write as retryable work, within the time given',
    async (_kind, sync) => {
      await changesDue();
      front.fault = (request) => (request.startsWith('PUT /v1/txn') ? 'silence' : undefined);
      const once = registrator({ timeoutMs: 200, retry: { attempts: 1, baseMs: 1, maxMs: 1 } });
      const report = await sync(once);
      expect(report.counts).toMatchObject({ created: 0, deleted: 0 });
      expect(report.failures.every(({ retryable }) => retryable)).toBe(true);
      await expectRepair();
    },
  );

  it('in time for the deadline leaves a report of progress', async () => {
    await changesDue();
    front.fault = (request) => (request.startsWith('PUT /v1/txn') ? 'silence' : undefined);
    const { report } = await synchronise(
      parts,
      { kind: 'full', dryRun: false },
      deadlineIn(systemClock, 600),
    );
    const codes = new Set(report.failures.map(({ code }) => code));
    expect([...codes]).toEqual(['DEADLINE_EXCEEDED']);
    expect(report.failures.map(({ service }) => service).toSorted()).toEqual(['changes', 'comes', 'goes']);
    await expectRepair();
  });
});

describe('a Consul that is stopped', () => {
  it('is an error that names it and says what to check', async () => {
    world.set('pay');
    await server.kill();
    try {
      await expect(fullSync(partsFor(consulClient(server), world.functions))).rejects.toMatchObject({
        code: 'UPSTREAM_UNAVAILABLE',
        message: expect.stringMatching(new RegExp(`127\\.0\\.0\\.1:${server.port}.*CONSUL_HTTP_ADDR`)),
      });
    } finally {
      await server.start();
    }
    expect(await readCatalog(server)).toEqual({ services: {}, defaults: {} });
  });

  it('in the middle of a sync leaves what the next one repairs', async () => {
    await changesDue();
    front.fault = async (request) => {
      if (request.startsWith('PUT /v1/txn')) await server.kill();
      return undefined;
    };
    const report = await fullSync(parts);
    await server.start();
    expect(report.failures.length).toBeGreaterThan(0);
    expect(report.failures.every(({ retryable }) => retryable)).toBe(true);
    await expectRepair();
  });

  it('and started again in the middle of a sync is waited for', async () => {
    await changesDue();
    let restarted: Promise<void> | undefined;
    front.fault = async (request) => {
      if (request.startsWith('PUT /v1/txn') && restarted === undefined) {
        await server.kill();
        restarted = server.start();
      }
      return undefined;
    };
    const patient = registrator({ retry: { attempts: 1000, baseMs: 20, maxMs: 20 } });
    expect(await fullSync(patient)).toMatchObject({
      counts: { created: 1, updated: 1, deleted: 1, failed: 0 },
      failures: [],
    });
    await restarted;
    await expectRepair();
  });
});

describe('a version that may not be read', () => {
  it('is found out by a write that changes nothing', async () => {
    world.set('pay');
    front.fault = (request) =>
      request.startsWith('GET /v1/agent/') ? { status: 403, body: 'no' } : undefined;
    expect(await fullSync(parts)).toMatchObject({ counts: { created: 1 }, failures: [] });
    const { entry } = (await readCatalog(server)).defaults['pay'] ?? {};
    expect(entry?.EnvoyExtensions !== undefined).toBe(hasExtensions(server));
    expect(Object.keys((await readCatalog(server)).defaults)).toEqual(['pay']);
  });
});
