import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { processesAt } from '../../../src/haproxy-process/reload.ts';
import { randomFaults } from '../../support/aws/faults.ts';
import { functionArn } from '../../support/aws/sandbox-aws.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { waitUntil } from '../../support/wait-until.ts';
import { hostOf, isOwners, routedTags } from '../../support/whole-system/account.ts';
import { pretendEmpty } from '../../support/whole-system/empty-consul.ts';
import {
  registerInCloudMap,
  registerInConsul,
  type Servers,
  startServers,
  targetInCloudMap,
  targetInConsul,
} from '../../support/whole-system/servers.ts';
import { birthsIn, expectExact } from '../../support/whole-system/state.ts';
import { startWholeSystem, type WholeSystem } from '../../support/whole-system/system.ts';
import { type Failure, startTraffic, type Traffic } from '../../support/whole-system/traffic.ts';

const functions = Array.from({ length: 8 }, (_, at) => `function-${at}`);
const asked = 'function-0';

let system: WholeSystem;
let inConsul: Servers;
let inCloudMap: Servers;
let traffic: Traffic;

beforeAll(async () => {
  [system, inConsul, inCloudMap] = await Promise.all([
    startWholeSystem('200ms'),
    startServers('web', 3),
    startServers('pets', 2),
  ]);
  for (const name of functions) system.account.add(name);
  registerInCloudMap(system.account.aws.world, inCloudMap);
  await registerInConsul(system.consul.agent, inConsul);
  await system.account.sync();
  await expectExact(system);
  traffic = startTraffic(system.agent.entry, [
    targetInConsul(inConsul),
    targetInCloudMap(inCloudMap),
    { name: 'function', host: hostOf(asked), bodies: [asked] },
  ]);
  await traffic.failures();
});
afterAll(async () => {
  await traffic?.stop();
  await system?.close();
  await inConsul?.stop();
  await inCloudMap?.stop();
});

/**
 * Lets something go wrong, until the system is exact again by itself: nothing was deregistered meanwhile, and no request
 * fails that began afterwards.
 * @returns what failed
 */
async function through(trouble: () => Promise<void>): Promise<readonly Failure[]> {
  const births = await birthsIn(system);
  await trouble();
  await expectExact(system);
  const recovered = performance.now();
  const failures = await traffic.failures();
  expect(failures.filter(({ begun }) => begun > recovered)).toEqual([]);
  expect(await birthsIn(system)).toMatchObject(births);
  return failures;
}

/** Failures that are none of these, each as `target outcome`. */
function besides(failures: readonly Failure[], unavoidable: readonly string[]): string[] {
  const seen = failures.map(({ target, outcome }) => `${target} ${outcome}`);
  return [...new Set(seen)].filter((each) => !unavoidable.includes(each));
}

describe('Consul', () => {
  it('is started anew on the way to its servers: no request fails', async () => {
    expect(await through(() => system.consul.agent.restart())).toEqual([]);
  });

  it('loses its leader, and has it back as a follower: no request fails, and another leads meanwhile', async () => {
    const failures = await through(async () => {
      const lost = await system.consul.leader();
      await lost.kill();
      await waitUntil('another leader', async () => (await system.consul.leader()) !== lost);
      expect(await system.account.sync()).toMatchObject({ complete: true });
      await lost.start();
    });
    expect(failures).toEqual([]);
  });

  it('answers as if it were empty: no request fails, and what it had stays', async () => {
    const failures = await through(async () => {
      const lie = pretendEmpty(system.consul.front);
      onTestFinished(lie.end);
      await held('consul');
      await waitUntil('a proxy that was told so', async () => (await system.proxy.heardAt()) > lie.begun);
      await expect(system.account.sync()).rejects.toThrow('REVISION_CONFLICT');
      lie.end();
    });
    expect(failures).toEqual([]);
  });
});

/** Waits until the guard keeps what a source of the agent does not tell of any more. */
async function held(source: string): Promise<void> {
  await waitUntil('a source that is not believed', async () => {
    const { sources } = await system.agent.status();
    return sources.some(({ name, held }) => name === source && held.length > 0);
  });
}

describe('a process', () => {
  it.each(['worker', 'master'] as const)(
    'of HAProxy is killed, its %s: requests fail until the agent has started it again',
    async (which) => {
      const failures = await through(async () => {
        const { master, workers } = await processesAt(system.agent.masterSocket);
        process.kill(which === 'master' ? master : (workers[0] ?? 0), 'SIGKILL');
        await traffic.failing();
        await waitUntil('another HAProxy', async () => {
          const { haproxy } = await system.agent.status();
          return haproxy.up && haproxy.pid !== master;
        });
      });
      const closed = ['web', 'pets', 'function'].flatMap((target) => [
        `${target} ECONNREFUSED`,
        `${target} ECONNRESET`,
      ]);
      expect(besides(failures, closed)).toEqual([]);
    },
  );

  it('is the proxy, and is killed: requests of functions fail until it is started again, others do not', async () => {
    const failures = await through(async () => {
      await system.proxy.kill();
      await traffic.failing();
      await system.proxy.start();
    });
    // HAProxy closes a kept connection without an answer where the proxy's connection broke under it.
    const unanswered = ['function 502', 'function 503', 'function ECONNRESET'];
    expect(besides(failures, unanswered)).toEqual([]);
  });

  it('is the agent, and is killed: no request fails, and the next one goes on with the same HAProxy', async () => {
    const { haproxy } = await system.agent.status();
    const failures = await through(async () => {
      await system.agent.kill();
      await system.account.functions.create('tagged-meanwhile', routedTags('tagged-meanwhile'));
      await system.account.settled();
      await system.agent.start();
    });
    expect(failures).toEqual([]);
    expect((await system.agent.status()).haproxy).toMatchObject({
      pid: haproxy.pid,
      reloads: haproxy.reloads,
    });
  });
});

describe('AWS', () => {
  it('throttles 30 % of all calls and drops 5 % while functions are tagged: requests of functions alone fail', async () => {
    const { account } = system;
    const failures = await through(async () => {
      const fault = randomFaults(seededRandom(1), 0.35, [
        ...Array.from({ length: 6 }, () => 'throttle' as const),
        'drop',
      ]);
      account.aws.faults.strike = (call) => (isOwners(call) ? undefined : fault(call));
      for (const name of ['one', 'two', 'three']) await account.functions.create(name, routedTags(name));
      await account.functions.untag('two', ['enabled']);
      await account.functions.remove('three');
      await account.settled();
      await account.sync().catch(() => undefined);
      account.aws.faults.strike = () => undefined;
      expect(await account.sync()).toMatchObject({ complete: true });
    });
    expect(besides(failures, ['function 429', 'function 502'])).toEqual([]);
  });

  it('is wholly away: requests of functions alone fail', async () => {
    const { account } = system;
    const failures = await through(async () => {
      account.aws.faults.strike = () => 'drop';
      await expect(account.sync()).rejects.toThrow('Work is left that can be retried');
      await waitUntil('a source that fails', async () =>
        (await system.agent.status()).sources.some(({ name, ok }) => name === 'cloud_map' && !ok),
      );
      account.aws.faults.strike = () => undefined;
      expect(await account.sync()).toMatchObject({ complete: true });
    });
    expect(besides(failures, ['function 502'])).toEqual([]);
  });

  it('has an empty Cloud Map: no request fails, and what it had stays', async () => {
    const { cloudMap } = system.account.aws.world;
    const failures = await through(async () => {
      const kept = cloudMap.namespaces;
      cloudMap.namespaces = new Map([...kept].map(([id, one]) => [id, { ...one, services: new Map() }]));
      await held('cloud_map');
      cloudMap.namespaces = kept;
    });
    expect(failures).toEqual([]);
  });

  it('has an empty index of tags: no request fails, and nothing is believed to be gone', async () => {
    const { account } = system;
    const failures = await through(async () => {
      for (const name of account.wanted()) account.aws.faults.staleIndex.set(functionArn(name), undefined);
      expect(await account.sync()).toMatchObject({ counts: { deleted: 0 } });
      account.aws.faults.staleIndex.clear();
    });
    expect(failures).toEqual([]);
  });

  it('has no functions any more: they fail, but their services stay', async () => {
    const { account } = system;
    const failures = await through(async () => {
      const kept = account.aws.world.functions;
      account.aws.world.functions = new Map();
      expect(await account.sync()).toMatchObject({ complete: false, counts: { deleted: 0 } });
      account.aws.world.functions = kept;
    });
    expect(besides(failures, ['function 502'])).toEqual([]);
  });
});
