import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { firstSeed } from '../support/explorations.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { type Changing, changeOne, pick } from '../support/soak/churn.ts';
import { samplesOf } from '../support/soak/samples.ts';
import { troubles } from '../support/soak/troubles.ts';
import { hostOf } from '../support/whole-system/account.ts';
import {
  registerInConsul,
  type Servers,
  startServers,
  targetInConsul,
} from '../support/whole-system/servers.ts';
import { birthsIn, expectExact } from '../support/whole-system/state.ts';
import { startWholeSystem, type WholeSystem } from '../support/whole-system/system.ts';
import { startTraffic } from '../support/whole-system/traffic.ts';

const minutes = Number(process.env['SOAK_MINUTES'] || '10');
const stableFunction = 'stable-function';
const changingFunctions = Array.from({ length: 999 }, (_, at) => `function-${at}`);
const changeEveryMs = 200;
const sampleEveryMs = 2_000;

let system: WholeSystem;
let stable: Servers;
let changing: Servers[];

beforeAll(async () => {
  system = await startWholeSystem('1s');
  stable = await startServers('stable', 5);
  changing = await Promise.all(Array.from({ length: 39 }, (_, at) => startServers(`service-${at}`, 5)));
  for (const name of [stableFunction, ...changingFunctions]) system.account.add(name);
  for (const servers of [stable, ...changing]) await registerInConsul(system.consul.agent, servers);
}, 120_000);
afterAll(async () => {
  await system?.close();
  await Promise.all([stable, ...(changing ?? [])].map((servers) => servers?.stop()));
});

it('1,000 functions and 200 servers change, while AWS and Consul fail: nothing grows, and all is exact in the end', async () => {
  expect(await system.account.sync()).toMatchObject({ complete: true, counts: { created: 1_000 } });
  await expectExact(system, 120_000);
  const births = bornStable(await birthsIn(system));
  const traffic = startTraffic(system.agent.entry, [
    targetInConsul(stable),
    { name: stableFunction, host: hostOf(stableFunction), bodies: [stableFunction] },
  ]);
  onTestFinished(() => traffic.stop());
  const told = await soak(AbortSignal.timeout(minutes * 60_000));

  const failedEvents = (await system.account.settled()).filter(({ status }) => status === 'rejected').length;
  expect(await system.account.sync()).toMatchObject({ complete: true });
  await expectExact(system, 120_000);
  expect(await system.account.sync()).toMatchObject({
    complete: true,
    counts: { created: 0, updated: 0, deleted: 0, failed: 0 },
  });
  const failures = await traffic.failures();
  console.log(
    JSON.stringify({ ...told, failedEvents, requests: traffic.answered(), failures }, undefined, 2),
  );
  expect(failures).toEqual([]);
  expect(bornStable(await birthsIn(system))).toEqual(births);
  // What is held in MiB, or in handles, may vary a little.
  for (const [measure, { early, late }] of Object.entries(told.growth)) {
    const isFlat = late <= early * 1.2 + 20;
    expect({ measure, early, late, isFlat }).toEqual({ measure, early, late, isFlat: true });
  }
});

/** Changes, troubles and samples side by side until the signal aborts; then nothing is wrong any more. */
async function soak(over: AbortSignal) {
  const random = seededRandom(firstSeed);
  const given = {
    functions: changingFunctions,
    services: changing,
    random: seededRandom(firstSeed + 1),
  } satisfies Changing;
  const samples = samplesOf(system);
  let changes = 0;
  const syncs = { done: 0, failed: 0 };
  const seen: Record<string, number> = {};
  const every = async (ms: number, act: () => Promise<void>): Promise<void> => {
    for (; !over.aborted; await sleep(ms)) await act();
  };
  await Promise.all([
    every(changeEveryMs, async () => {
      await changeOne(system, given);
      changes += 1;
    }),
    every(sampleEveryMs, () => samples.take()),
    every(5_000, async () => {
      const [name, begin] = pick(random, Object.entries(troubles));
      const end = await begin(system, random);
      await sleep(3_000);
      await end();
      seen[name] = (seen[name] ?? 0) + 1;
    }),
    every(5_000, async () => {
      const [sync] = await Promise.allSettled([system.account.sync()]);
      syncs[sync.status === 'fulfilled' ? 'done' : 'failed'] += 1;
    }),
  ]);
  return { changes, syncs, troubles: seen, growth: samples.summary() };
}

/** Of what nobody changes. */
function bornStable(births: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(births).filter(([name]) => /stable/.test(name));
}
