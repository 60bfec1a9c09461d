import { agentsPlace } from '../../../src/lambda-service/place.ts';
import { createAwsFunctions } from '../../../src/aws/functions.ts';
import type { Consul } from '../../../src/consul/client.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { deadlineIn } from '../../../src/core/deadline.ts';
import { systemRandom } from '../../../src/core/random.ts';
import { tagPrefix } from '../../../src/lambda-service/tags.ts';
import type { Registrator } from '../../../src/registrator/run.ts';
import { addFunction } from '../../../src/sandbox/aws/world.ts';
import { newPair } from '../../support/plan/consul-model.ts';
import type { ConsulServer } from '../../support/consul/server.ts';
import { intercept, isConsulWrite } from '../../support/consul/intercept.ts';
import { hasExtensions } from '../../support/registrator/lambda-pairs.ts';
import { partsFor } from '../../support/registrator/registrator.ts';
import type { sandboxAws } from '../../support/aws/sandbox-aws.ts';

export type Aws = Awaited<ReturnType<typeof sandboxAws>>;

/** How far away AWS and Consul are, in milliseconds. */
export const awsLatencyMs = 5;
export const consulLatencyMs = 2;

/** A Consul that is `latencyMs` away, and how often it was read and written. */
export function measured(
  target: Consul,
  latencyMs: number,
): { consul: Consul; count: { reads: number; writes: number } } {
  const count = { reads: 0, writes: 0 };
  const consul = intercept(target, async ({ method, make }) => {
    count[isConsulWrite(method) ? 'writes' : 'reads'] += 1;
    if (latencyMs > 0) await systemClock.sleep(latencyMs);
    return make();
  });
  return { consul, count };
}

const enabled = { [`${tagPrefix}enabled`]: 'true' };

/** Tags a function `enabled`, with `others` by the last word of their keys. */
export function enable(aws: Aws, name: string, others: Readonly<Record<string, string>> = {}): void {
  const tags = Object.entries(others).map(([key, value]) => [tagPrefix + key, value] as const);
  addFunction(aws.world, name, { ...enabled, ...Object.fromEntries(tags) });
}

/** Leaves the account with functions `fn-0`, `fn-1`… that are enabled, and `plain-0`… that carry no tag. */
export function fill(aws: Aws, tagged: number, untagged = 0): void {
  aws.world.functions.clear();
  for (let index = 0; index < tagged; index += 1) enable(aws, `fn-${index}`);
  for (let index = 0; index < untagged; index += 1) addFunction(aws.world, `plain-${index}`);
}

/** A registrator whose share of AWS's rate is never spent: syncs follow each other here as they do nowhere else. */
export function partsOf(aws: Aws, consul: Consul): Registrator {
  const limits = { clock: systemClock, random: systemRandom, requestsPerSecond: 100_000 };
  return partsFor(consul, createAwsFunctions({ ...limits, target: aws.target }));
}

/** The two writes that register a function, blindly and one after the other. */
export async function writePair(consul: Consul, server: ConsulServer, name: string): Promise<void> {
  const deadline = deadlineIn(systemClock, 60_000);
  const format = hasExtensions(server) ? 'envoy-extension' : 'meta';
  const { service, defaults } = newPair(name, name, undefined, format);
  await consul.putServiceDefaults(agentsPlace, defaults, 0, deadline);
  await consul.transact(agentsPlace, [{ verb: 'cas', on: 'lambdas', service, index: 0 }], deadline);
}

/** The node that {@link writePair} writes on. */
export async function writeNode(consul: Consul): Promise<void> {
  const node = { Node: 'lambdas', Address: '', Meta: { 'external-node': 'true', 'external-probe': 'false' } };
  await consul.transact(agentsPlace, [{ verb: 'cas', node, index: 0 }], deadlineIn(systemClock, 60_000));
}
