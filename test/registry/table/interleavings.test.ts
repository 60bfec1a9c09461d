import { describe, expect, it, vi } from 'vitest';
import type { Table } from '../../../src/aws/table.ts';
import type { Presentation } from '../../../src/registry/config-file/table-config.ts';
import { type Actor, type Stage, everyInterleaving } from '../../support/interleave.ts';
import {
  MemoryTable,
  type TestRegistry,
  candidate,
  inNoTime,
  registryOn,
  running,
  soon,
  tableName,
} from '../../support/registry/registry.ts';

// Some races have hundreds of orders.
vi.setConfig({ testTimeout: 120_000 });

const web = (containers: Record<string, string>, parts: object = {}) => candidate('web', containers, parts);

interface Race {
  readonly before?: readonly object[];
  /** What each host posts, one after the other. */
  readonly first: readonly object[];
  readonly second: readonly object[];
  readonly environment?: Record<string, string>;
  /** Milliseconds between what was before and the race. */
  readonly pause?: number;
  /** Whether writes may happen in the middle of a query, which is no snapshot. */
  readonly torn?: boolean;
}

interface Ran {
  readonly table: MemoryTable;
  readonly final: Presentation;
  /** Calls in the order in which they happened, as `second remove SVC#web`. */
  readonly steps: readonly string[];
}

/** Lets two hosts post in every order of their calls to the table, and gives each outcome to `check`. */
async function explore(scenario: Race, check: (ran: Ran) => void): Promise<number> {
  const { before = [], environment = {}, pause = 0 } = scenario;
  let table = new MemoryTable();
  let steps: string[] = [];

  const registryFor = (view: Table): TestRegistry => {
    const registry = registryOn(view, environment, inNoTime);
    registry.time.now += pause;
    return registry;
  };

  const post = async (actor: Actor, stage: Stage): Promise<void> => {
    const noted = new MemoryTable(table.items);
    noted.before = async (operation, key) => void steps.push(`${actor} ${operation} ${key}`);
    const staged = stage.onStage<Table>(actor, noted, (method) => method === 'rows');
    const registry = registryFor(scenario.torn ? torn(staged) : staged);
    for (const payload of scenario[actor]) await registry.post({ host: actor, ...payload });
  };

  return everyInterleaving((stage) => ({ first: post('first', stage), second: post('second', stage) }), {
    async before() {
      table = new MemoryTable();
      steps = [];
      for (const payload of before) await registryOn(table, environment).post(payload);
    },
    async after(order) {
      const final = await registryFor(table).view(tableName, soon());
      try {
        check({ table, final, steps });
      } catch (cause) {
        throw new Error(`in the order ${order}`, { cause });
      }
    },
  });
}

/** The same table, whose queries read services in one step and hosts, which sort before them, in a later one. */
function torn(table: Table): Table {
  const isService = ({ sk }: { sk: string }): boolean => sk.startsWith('SVC#');
  return {
    async rows(pk, deadline) {
      const services = (await table.rows(pk, deadline)).filter(isService);
      return [...services, ...(await table.rows(pk, deadline)).filter((row) => !isService(row))];
    },
    put: (row, expected, deadline) => table.put(row, expected, deadline),
    touch: (key, revision, deadline) => table.touch(key, revision, deadline),
    remove: (key, expected, deadline) => table.remove(key, expected, deadline),
    calls: () => table.calls(),
  };
}

/** Whether the second host read the service before the first removed it. */
function secondSawIt({ steps }: Ran): boolean {
  const removed = steps.indexOf('first remove SVC#web');
  return removed === -1 || steps.findIndex((step) => step.startsWith('second rows')) < removed;
}

const defined = { host: 'first', running: [], candidates: [web({ f1: '10.0.1.1' })] };
const start = { running: running({ 'web/s1': '10.0.2.1' }) };
const bring = { running: [], candidates: [web({ s1: '10.0.2.1' })] };
const stop = { running: [] };
const survivor = [{ serviceName: 'web', containers: [{ id: 's1', ip: '10.0.2.1' }] }];

describe.each([{ environment: {} }, { environment: { SERVICE_GRACE: '60' } }])(
  'with $environment',
  ({ environment }) => {
    it('keeps a service that one host drops while the other, which saw it, starts it', async () => {
      const orders = await explore(
        { before: [defined], first: [stop], second: [start], environment },
        (ran) => {
          const sawIt = secondSawIt(ran);
          expect(sawIt ? ran.final.services : ran.final.unknown).toMatchObject(
            sawIt ? survivor : [{ serviceName: 'web', id: 's1' }],
          );
        },
      );
      expect(orders).toBeGreaterThan(10);
    });

    it('keeps a service that one host drops while the other brings it as a candidate', async () => {
      await explore({ before: [defined], first: [stop], second: [bring], environment }, ({ final }) => {
        expect(final.services).toMatchObject(survivor);
      });
    });

    it('keeps a service that one host creates and drops while the other creates it', async () => {
      const create = { running: [], candidates: [web({ f1: '10.0.1.1' })] };
      const orders = await explore({ first: [create, stop], second: [bring], environment }, ({ final }) => {
        expect(final.services).toMatchObject(survivor);
      });
      expect(orders).toBeGreaterThan(100);
    });
  },
);

it('keeps a service that starts in the middle of a query, which is no snapshot', async () => {
  await explore({ before: [defined], first: [stop], second: [bring], torn: true }, ({ final }) => {
    expect(final.services).toMatchObject(survivor);
  });
  await explore({ first: [stop], second: [bring], torn: true }, ({ final }) => {
    expect(final.services).toMatchObject(survivor);
  });
});

it('keeps the containers of both hosts that create a service, with the definition of one', async () => {
  const first = { running: [], candidates: [web({ f1: '10.0.1.1' }, { port: 81 })] };
  const second = { running: [], candidates: [web({ s1: '10.0.2.1' }, { port: 82 })] };
  await explore({ first: [first], second: [second] }, ({ final }) => {
    expect(final.services).toMatchObject([{ containers: [{ id: 'f1' }, { id: 's1' }] }]);
    expect([81, 82]).toContain(final.services[0]?.port);
  });
});

it('loses no update of a definition while the other host starts a container', async () => {
  const update = { running: [], candidates: [web({ f1: '10.0.1.1' }, { port: 9090 })] };
  await explore({ before: [defined], first: [update], second: [start] }, ({ final }) => {
    expect(final.services).toMatchObject([{ port: 9090, containers: [{ id: 'f1' }, { id: 's1' }] }]);
  });
});

it('leaves nothing behind when both hosts drop their last container', async () => {
  const before = [defined, { host: 'second', ...start }];
  await explore({ before, first: [stop], second: [stop] }, ({ final, table }) => {
    expect(final.services).toEqual([]);
    expect([...table.items.values()].map(({ sk }) => sk).toSorted()).toEqual(['HOST#first', 'HOST#second']);
  });
});

it.each([
  {
    what: 'whose host was silent for HOST_TTL',
    environment: { HOST_TTL: '60' },
    before: [{ ...defined, host: 'second' }],
  },
  {
    what: 'whose SERVICE_GRACE has ended',
    environment: { SERVICE_GRACE: '60' },
    before: [
      { ...defined, host: 'second' },
      { ...stop, host: 'second' },
    ],
  },
])('forgets a service $what, whether its host comes back before or after another report', async (race) => {
  const returns = { running: running({ 'web/f1': '10.0.1.1' }) };
  await explore({ ...race, pause: 100_000, first: [stop], second: [returns] }, ({ final, table }) => {
    expect(final).toMatchObject({ services: [], unknown: [{ serviceName: 'web', id: 'f1' }] });
    expect([...table.items.keys()].filter((key) => key.includes('SVC#'))).toEqual([]);
  });
});

it('forgets a service whose SERVICE_GRACE has ended, although a report of it died half way', async () => {
  const environment = { SERVICE_GRACE: '60' };
  const returns = { host: 'first', running: running({ 'web/f1': '10.0.1.1' }) };
  for (let calls = 1; calls <= 4; calls += 1) {
    const table = new MemoryTable();
    await registryOn(table).post(defined);
    await registryOn(table, environment).post({ host: 'first', ...stop });
    const dying = new MemoryTable(table.items);
    dying.before = () => (dying.calls() > calls ? Promise.reject(new Error('died')) : Promise.resolve());
    const later = registryOn(dying, environment);
    later.time.now += 100_000;
    await later.post(returns).catch(() => undefined);
    const next = registryOn(table, environment);
    next.time.now += 101_000;
    expect((await next.post({ host: 'second', ...stop })).services).toEqual([]);
  }
});

it('keeps a service that started again in time, although its report died half way', async () => {
  const environment = { SERVICE_GRACE: '60' };
  for (let calls = 2; calls <= 4; calls += 1) {
    const table = new MemoryTable();
    await registryOn(table, environment).post(defined);
    await registryOn(table, environment).post({ host: 'first', ...stop });
    const dying = new MemoryTable(table.items);
    dying.before = () => (dying.calls() > calls ? Promise.reject(new Error('died')) : Promise.resolve());
    await registryOn(dying, environment)
      .post({ host: 'second', ...start })
      .catch(() => undefined);
    const next = registryOn(table, environment);
    next.time.now += 100_000;
    expect((await next.post({ host: 'first', ...stop })).services).toMatchObject(survivor);
  }
});

describe('a registry that dies between any two calls to the table', () => {
  const payloads = {
    'a start': {
      host: 'first',
      running: [],
      candidates: [web({ f2: '10.0.1.2' }, { port: 9090 }), candidate('new', { n1: '10.0.1.3' })],
    },
    'a stop': { host: 'first', running: [] },
  };

  it.each(Object.entries(payloads))('leaves a table in which %s can be posted again', async (_, payload) => {
    const whole = registryOn(new MemoryTable());
    await whole.post(defined);
    const wanted = await whole.post(payload);
    for (let calls = 0; calls < whole.table.calls(); calls += 1) {
      const table = new MemoryTable();
      await registryOn(table).post(defined);
      const dying = new MemoryTable(table.items);
      dying.before = () => (dying.calls() > calls ? Promise.reject(new Error('died')) : Promise.resolve());
      await registryOn(dying)
        .post(payload)
        .catch(() => undefined);
      const next = registryOn(table);
      await expect(next.view(tableName, soon())).resolves.toBeDefined();
      expect(await next.post(payload)).toEqual(wanted);
    }
  });
});
