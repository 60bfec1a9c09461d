import { createAwsFunctions } from '../../src/aws/functions.ts';
import { agentsPlace } from '../../src/lambda-service/place.ts';
import { systemClock } from '../../src/core/clock.ts';
import { deadlineIn } from '../../src/core/deadline.ts';
import type { Consul } from '../../src/consul/client.ts';
import { systemRandom } from '../../src/core/random.ts';
import { tagPrefix } from '../../src/lambda-service/tags.ts';
import type { Parts } from '../../src/registrator/app.ts';
import { diffPair } from '../../src/registrator/model/change.ts';
import { addFunction } from '../../src/sandbox/aws/world.ts';
import { emptyCatalog } from '../support/catalog.ts';
import { consulClient } from '../support/consul-client.ts';
import { type ConsulServer, startConsul } from '../support/consul-server.ts';
import { fullSync, partsFor, syncOf } from '../support/registrator.ts';
import { functionArn, sandboxAws } from '../support/sandbox-aws.ts';
import { printTable, type Row } from './harness.ts';

type Aws = Awaited<ReturnType<typeof sandboxAws>>;

const awsLatencyMs = 5;
const consulLatencyMs = 2;
const writes = new Set(['putServiceDefaults', 'deleteServiceDefaults', 'transact']);

/** A Consul that is `latencyMs` away, and how often it was read and written. */
function measured(
  target: Consul,
  latencyMs: number,
): { consul: Consul; count: { reads: number; writes: number } } {
  const count = { reads: 0, writes: 0 };
  const consul = new Proxy(target, {
    get: (object, key, receiver) => {
      const member: unknown = Reflect.get(object, key, receiver);
      if (typeof member !== 'function' || key === 'calls' || key === 'close') return member;
      return async (...args: unknown[]): Promise<unknown> => {
        if (writes.has(String(key))) count.writes += 1;
        else count.reads += 1;
        await systemClock.sleep(latencyMs);
        return Reflect.apply(member, object, args);
      };
    },
  });
  return { consul, count };
}

function fill(aws: Aws, tagged: number, untagged = 0): void {
  aws.world.functions.clear();
  for (let index = 0; index < tagged; index += 1)
    addFunction(aws.world, `fn-${index}`, { [`${tagPrefix}enabled`]: 'true' });
  for (let index = 0; index < untagged; index += 1) addFunction(aws.world, `plain-${index}`);
}

function partsOf(aws: Aws, consul: Consul): Parts {
  const functions = createAwsFunctions({
    clock: systemClock,
    random: systemRandom,
    requestsPerSecond: 8,
    target: aws.target,
  });
  return partsFor(consul, functions);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** The same writes, one at a time: what a registrator without batches and concurrency would take. */
async function oneByOne(consul: Consul, parts: Parts, count: number): Promise<number> {
  const deadline = deadlineIn(systemClock, 600_000);
  const node = { Node: 'lambdas', Address: '', Meta: { 'external-node': 'true', 'external-probe': 'false' } };
  await consul.transact(agentsPlace, [{ verb: 'cas', node, index: 0 }], deadline);
  return timed(async () => {
    for (let index = 0; index < count; index += 1) {
      const wanted = {
        name: `fn-${index}`,
        arn: functionArn(`fn-${index}`),
        payloadPassthrough: false,
        invocationMode: 'synchronous' as const,
        tags: [],
      };
      const format = parts.memory.found ?? 'meta';
      const { service, defaults } = diffPair({ namesakes: [] }, wanted, parts.scope.ownerId, format);
      if (defaults) await consul.putServiceDefaults(agentsPlace, defaults, 0, deadline);
      if (service)
        await consul.transact(agentsPlace, [{ verb: 'cas', on: 'lambdas', service, index: 0 }], deadline);
    }
  });
}

async function fullSyncs(server: ConsulServer, aws: Aws): Promise<Row[]> {
  const near = consulClient(server);
  fill(aws, 1000);
  const distant = measured(near, consulLatencyMs);
  const parts = partsOf(aws, distant.consul);
  const first = await timed(() => fullSync(parts));
  const callsBefore = parts.functions.calls();
  Object.assign(distant.count, { reads: 0, writes: 0 });
  const steady = await timed(() => fullSync(parts));
  const { reads, writes: written } = distant.count;
  const calls = parts.functions.calls() - callsBefore;
  await emptyCatalog(server);
  const single = await oneByOne(distant.consul, parts, 1000);
  await emptyCatalog(server);
  fill(aws, 300, 9700);
  const sparse = partsOf(aws, near);
  await fullSync(sparse);
  const sparseBefore = sparse.functions.calls();
  await fullSync(sparse);
  near.close();
  return [
    {
      what: 'first sync of 1,000',
      value: `${first.toFixed(0)} ms`,
      ratio: `${(single / first).toFixed(1)} × faster than one write at a time (${single.toFixed(0)} ms)`,
    },
    {
      what: 'sync of 1,000 without changes',
      value: `${steady.toFixed(0)} ms`,
      ratio: `${calls} AWS calls, ${reads} Consul reads, ${written} writes`,
    },
    { what: 'sync of 300 tagged of 10,000', value: `${sparse.functions.calls() - sparseBefore} AWS calls` },
  ];
}

async function eventCost(
  server: ConsulServer,
  aws: Aws,
  registered: number,
): Promise<{ ms: number; row: Row }> {
  const near = consulClient(server);
  fill(aws, registered);
  const { consul, count } = measured(near, 0);
  const parts = partsOf(aws, consul);
  await fullSync(parts);
  const times: number[] = [];
  let most = { aws: 0, reads: 0, writes: 0 };
  for (let index = 0; index < 10; index += 1) {
    const name = `late-${index}`;
    addFunction(aws.world, name, { [`${tagPrefix}enabled`]: 'true' });
    const before = parts.functions.calls();
    Object.assign(count, { reads: 0, writes: 0 });
    times.push(await timed(() => syncOf(parts, name)));
    most = {
      aws: Math.max(most.aws, parts.functions.calls() - before),
      reads: Math.max(most.reads, count.reads),
      writes: Math.max(most.writes, count.writes),
    };
  }
  await emptyCatalog(server);
  near.close();
  const ms = times.toSorted((left, right) => left - right)[5] ?? 0;
  const cost = `${most.aws} AWS calls, ${most.reads} Consul reads, ${most.writes} writes`;
  return {
    ms,
    row: { what: `event beside ${registered} services`, value: `${ms.toFixed(1)} ms`, ratio: cost },
  };
}

const [server, aws] = await Promise.all([startConsul(), sandboxAws()]);
try {
  aws.faults.latencyMs = awsLatencyMs;
  const rows = await fullSyncs(server, aws);
  const few = await eventCost(server, aws, 10);
  const many = await eventCost(server, aws, 10_000);
  const more = { what: 'difference', value: `${(many.ms - few.ms).toFixed(1)} ms` };
  printTable(
    `Registrator on Consul ${server.version}, AWS ${awsLatencyMs} ms away`,
    'first sync ≥ 5 ×; steady ≤ 12 AWS calls, 2 reads, 0 writes; event ≤ 2, 4 and 3 calls, ≤ 30 ms more',
    [...rows, few.row, many.row, more],
  );
} finally {
  await Promise.all([server.close(), aws.close()]);
}
