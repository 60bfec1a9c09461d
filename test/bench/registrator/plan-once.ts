/**
 * Plans once for as many functions as the first argument says, in the situation that the second one names, and prints
 * what that took. A process of its own, so that its memory can be told.
 */
import type { CatalogService, ServiceDefaults } from '../../../src/consul/api.ts';
import { planChanges } from '../../../src/registrator/plan/plan.ts';
import { registeredPair } from '../../support/plan/consul-model.ts';
import { type PlanFixture, planSettings, snapshotOf } from '../../support/plan/fixtures.ts';

const [size, situation] = process.argv.slice(2);

const functions: PlanFixture['functions'] = {};
const services: CatalogService[] = [];
const serviceDefaults: ServiceDefaults[] = [];
for (let at = 0; at < Number(size); at += 1) {
  const name = `f${at}`;
  const changed = situation === 'changed' ? { 'payload-passthrough': 'true' } : {};
  const isGone = situation === 'gone' && at % 2 === 0;
  functions[name] = isGone ? 'gone' : { tags: { enabled: 'true', ...changed }, fresh: true };
  if (situation === 'new') continue;
  const pair = registeredPair(name, name);
  services.push(pair.service);
  serviceDefaults.push(pair.defaults);
}
const world = snapshotOf({ functions, consul: { services, serviceDefaults } });

const before = process.cpuUsage();
const plan = planChanges(world, planSettings);
const { user, system } = process.cpuUsage(before);
process.stdout.write(
  JSON.stringify({
    cpuMs: (user + system) / 1000,
    memoryMb: process.resourceUsage().maxRSS / 1024,
    changes: plan.upserts.length + plan.deletions.length,
  }),
);
