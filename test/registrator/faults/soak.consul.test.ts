import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAwsFunctions } from '../../../src/aws/functions.ts';
import { type Clock, systemClock } from '../../../src/core/clock.ts';
import { AppError } from '../../../src/core/errors.ts';
import type { Random } from '../../../src/core/random.ts';
import type { Consul } from '../../../src/consul/client.ts';
import { tagPrefix } from '../../../src/lambda-service/tags.ts';
import type { Fault } from '../../../src/sandbox/aws/faults.ts';
import { randomFaults } from '../../support/aws/faults.ts';
import { addFunction } from '../../../src/sandbox/aws/world.ts';
import { emptyCatalog, halves, readCatalog } from '../../support/consul/catalog.ts';
import { consulClient } from '../../support/consul/client.ts';
import { type ConsulServer, startConsul } from '../../support/consul/server.ts';
import { extent, firstSeed } from '../../support/explorations.ts';
import { intercept } from '../../support/consul/intercept.ts';
import { fullSync, partsFor } from '../../support/registrator/registrator.ts';
import { sandboxAws } from '../../support/aws/sandbox-aws.ts';
import { scaledClock } from '../../support/clock/scaled-clock.ts';
import { seededRandom } from '../../support/seeded-random.ts';

type Aws = Awaited<ReturnType<typeof sandboxAws>>;

let server: ConsulServer;
let consul: Consul;
let aws: Aws;
beforeAll(async () => {
  [server, aws] = await Promise.all([startConsul(), sandboxAws()]);
  consul = consulClient(server);
});
afterAll(async () => {
  consul?.close();
  await Promise.all([server?.close(), aws?.close()]);
});

const syncsOfOneSeed = 20;
const seeds = Array.from({ length: extent(10) }, (_, index) => firstSeed + index);
const faultShare = 0.3;
const kinds: Fault[] = [
  'throttle',
  'server-error',
  'hang',
  'drop',
  'lose-answer',
  'truncate',
  'hollow',
  'empty-page',
  'expire-token',
];
const names = Array.from({ length: 12 }, (_, index) => `fn-${index}`);

/** A Consul that is away for a share of the calls: before they reach it, or after it has done them. */
function unreliable(target: Consul, random: Random): Consul {
  const away = (): never => {
    throw new AppError('UPSTREAM_UNAVAILABLE', 'Consul is away.');
  };
  return intercept(target, async ({ make }) => {
    const fate = random();
    if (fate < faultShare / 2) return away();
    const answer = await make();
    return fate < faultShare ? away() : answer;
  });
}

/** One function is created, tagged anew, disabled or deleted; the index may not know for a while. */
function change(random: Random): void {
  const name = names[Math.floor(random() * names.length)] ?? 'fn-0';
  const known = aws.world.functions.get(name);
  const before = known && { ...known.tags };
  const fate = random();
  if (fate < 0.25) aws.world.functions.delete(name);
  else {
    const enabled = fate < 0.8 ? 'true' : 'false';
    const aliases = random() < 0.5 ? 'prod' : 'prod+dev';
    addFunction(aws.world, name, { [`${tagPrefix}enabled`]: enabled, [`${tagPrefix}aliases`]: aliases });
  }
  const arn = `arn:aws:lambda:${aws.world.region}:${aws.world.account}:function:${name}`;
  if (random() < 0.5) aws.faults.staleIndex.set(arn, before);
  else aws.faults.staleIndex.delete(arn);
}

/** Services that the functions ask for, as they are now. */
function wanted(): string[] {
  const enabled = [...aws.world.functions.values()].filter(
    ({ tags }) => tags[`${tagPrefix}enabled`] === 'true',
  );
  const services = enabled.flatMap(({ configuration: { FunctionName }, tags }) => {
    const aliases = tags[`${tagPrefix}aliases`]?.split('+') ?? [];
    return [FunctionName].concat(aliases.map((alias) => `${FunctionName}-${alias}`));
  });
  return services.toSorted();
}

function parts(client: Consul, clock: Clock, random: Random): ReturnType<typeof partsFor> {
  const functions = createAwsFunctions({ clock, random, requestsPerSecond: 1000, target: aws.target });
  return partsFor(client, functions, { clock, env: { MAX_DELETE_PERCENT: '100' } });
}

describe('syncs with 30 % of all calls failing', () => {
  it.each(seeds)('deregister nothing wrongly and are exact two clean syncs later (seed %i)', async (seed) => {
    const random = seededRandom(seed);
    await emptyCatalog(server);
    aws.world.functions.clear();
    aws.faults.staleIndex.clear();
    for (const name of names) addFunction(aws.world, name, { [`${tagPrefix}enabled`]: 'true' });
    aws.faults.strike = () => undefined;
    await fullSync(parts(consul, systemClock, random));

    const faulty = parts(unreliable(consul, random), scaledClock(400), random);
    aws.faults.strike = randomFaults(random, faultShare, kinds);
    let completed = 0;
    for (let sync = 0; sync < syncsOfOneSeed; sync += 1) {
      change(random);
      const before = Object.keys((await readCatalog(server)).services);
      const [outcome] = await Promise.allSettled([fullSync(faulty)]);
      if (outcome.status === 'fulfilled') completed += 1;
      else if (!(outcome.reason instanceof AppError)) throw outcome.reason;
      const after = new Set(Object.keys((await readCatalog(server)).services));
      const mustStay = new Set(wanted());
      const lost = before.filter((name) => mustStay.has(name) && !after.has(name));
      const told = inspect(outcome, { depth: 4 });
      expect({ sync, lost, told }).toEqual({ sync, lost: [], told });
    }
    expect(completed).toBeGreaterThan(0);

    aws.faults.strike = () => undefined;
    aws.faults.staleIndex.clear();
    const clean = parts(consul, systemClock, random);
    await fullSync(clean);
    await fullSync(clean);
    const state = await readCatalog(server);
    expect(Object.keys(state.services).toSorted()).toEqual(wanted());
    expect(halves(state)).toEqual([]);
  });
});
