import { describe, expect, it } from 'vitest';
import type { Presentation } from '../../src/registry/presentation.ts';
import { everyInterleaving, type Side } from '../support/interleavings.ts';
import {
  MemoryTable,
  type TestRegistry,
  candidate,
  registryOn,
  running,
  soon,
  tableName,
} from '../support/registry.ts';

const web = (containers: Record<string, string>, parts: object = {}) => candidate('web', containers, parts);

interface Race {
  readonly before?: readonly object[];
  /** What each host posts, one after the other. */
  readonly left: readonly object[];
  readonly right: readonly object[];
  readonly environment?: Record<string, string>;
}

interface Ran {
  readonly table: MemoryTable;
  readonly final: Presentation;
  /** Calls in the order in which they happened, as `L put SVC#web`. */
  readonly steps: readonly string[];
}

/** Posts of two hosts whose calls to the table happen in the order of the sides' gates. */
async function race({ before = [], left, right, environment = {} }: Race, sides: [Side, Side]): Promise<Ran> {
  const table = new MemoryTable();
  const observer = registryOn(table, environment);
  for (const payload of before) await observer.post(payload);
  const steps: string[] = [];
  const posting = async (payloads: readonly object[], side: Side, name: string): Promise<void> => {
    const registry = registryOn(gated(table, side, name, steps), environment);
    for (const payload of payloads) await registry.post({ host: name, ...payload });
  };
  await Promise.all([posting(left, sides[0], 'L'), posting(right, sides[1], 'R')]);
  return { table, final: await observer.view(tableName, soon()), steps };
}

/** The same items through another door. */
function gated(table: MemoryTable, side: Side, name: string, steps: string[]): MemoryTable {
  const door = new MemoryTable(table.items);
  door.before = async (operation, key) => {
    await side.gate();
    steps.push(`${name} ${operation} ${key}`);
  };
  return door;
}

function explore(scenario: Race, check: (ran: Ran) => void): Promise<number> {
  return everyInterleaving((left, right) => race(scenario, [left, right]), check);
}

const defined = { host: 'L', running: [], candidates: [web({ l1: '10.0.1.1' })] };
const started = { running: running({ 'web/r1': '10.0.2.1' }) };
const survivor = [{ serviceName: 'web', containers: [{ id: 'r1', ip: '10.0.2.1' }] }];

describe.each([{ environment: {} }, { environment: { SERVICE_GRACE: '60' } }])(
  'with $environment',
  ({ environment }) => {
    it('keeps a service that one host drops while the other, which saw it, starts it', async () => {
      const scenario = { before: [defined], left: [{ running: [] }], right: [started], environment };
      const orders = await explore(scenario, ({ final, steps }) => {
        const removed = steps.indexOf('L remove SVC#web');
        const sawIt = removed === -1 || steps.findIndex((step) => step.startsWith('R rows')) < removed;
        expect(sawIt ? final.services : final.unknown).toMatchObject(
          sawIt ? survivor : [{ serviceName: 'web', id: 'r1' }],
        );
      });
      expect(orders).toBeGreaterThan(20);
    });

    it('keeps a service that one host drops while the other brings it as a candidate', async () => {
      const bring = { running: [], candidates: [web({ r1: '10.0.2.1' })] };
      await explore(
        { before: [defined], left: [{ running: [] }], right: [bring], environment },
        ({ final }) => {
          expect(final.services).toMatchObject(survivor);
        },
      );
    });

    it('keeps a service that one host creates and drops while the other creates it', async () => {
      const create = { running: [], candidates: [web({ l1: '10.0.1.1' })] };
      const bring = { running: [], candidates: [web({ r1: '10.0.2.1' })] };
      const orders = await explore(
        { left: [create, { running: [] }], right: [bring], environment },
        ({ final }) => {
          expect(final.services).toMatchObject(survivor);
        },
      );
      expect(orders).toBeGreaterThan(500);
    });
  },
);

it('keeps the containers of both hosts that create a service, with the definition of one', async () => {
  const left = { running: [], candidates: [web({ l1: '10.0.1.1' }, { port: 81 })] };
  const right = { running: [], candidates: [web({ r1: '10.0.2.1' }, { port: 82 })] };
  await explore({ left: [left], right: [right] }, ({ final }) => {
    expect(final.services).toMatchObject([{ containers: [{ id: 'l1' }, { id: 'r1' }] }]);
    expect([81, 82]).toContain(final.services[0]?.port);
  });
});

it('loses no update of a definition while the other host starts a container', async () => {
  const update = { running: [], candidates: [web({ l1: '10.0.1.1' }, { port: 9090 })] };
  await explore({ before: [defined], left: [update], right: [started] }, ({ final }) => {
    expect(final.services).toMatchObject([{ port: 9090, containers: [{ id: 'l1' }, { id: 'r1' }] }]);
  });
});

it('leaves nothing behind when both hosts drop their last container', async () => {
  const before = [defined, { host: 'R', ...started }];
  await explore({ before, left: [{ running: [] }], right: [{ running: [] }] }, ({ final, table }) => {
    expect(final.services).toEqual([]);
    expect([...table.items.values()].map(({ sk }) => sk).toSorted()).toEqual(['HOST#L', 'HOST#R']);
  });
});

it('keeps a service whose host comes back after HOST_TTL while another host clears it away', async () => {
  const environment = { HOST_TTL: '60' };
  const table = new MemoryTable();
  const late = 1_700_000_100_000;
  await registryOn(table, environment).post({ ...defined, host: 'R' });
  const old = new Map(table.items);
  await everyInterleaving(
    async (left, right) => {
      const items = new MemoryTable(new Map(old));
      const steps: string[] = [];
      const at = (side: Side, name: string): TestRegistry => {
        const registry = registryOn(gated(items, side, name, steps), environment);
        registry.time.now = late;
        return registry;
      };
      await Promise.all([
        at(left, 'L').post({ host: 'L', running: [] }),
        at(right, 'R').post({ host: 'R', running: running({ 'web/l1': '10.0.1.1' }) }),
      ]);
      const observer = registryOn(items, environment);
      observer.time.now = late;
      return { steps, final: await observer.view(tableName, soon()) };
    },
    ({ steps, final }) => {
      const removed = steps.indexOf('L remove SVC#web');
      const sawIt = removed === -1 || steps.findIndex((step) => step.startsWith('R rows')) < removed;
      expect(final.services.length + (sawIt ? 0 : 1)).toBe(1);
    },
  );
});

describe('a registry that dies between any two calls to the table', () => {
  const payloads = {
    'a start': {
      host: 'L',
      running: [],
      candidates: [web({ l2: '10.0.1.2' }, { port: 9090 }), candidate('new', { n1: '10.0.1.3' })],
    },
    'a stop': { host: 'L', running: [] },
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
