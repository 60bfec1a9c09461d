import { isAppError } from '../../core/errors.ts';
import { nameKey, type Place } from '../../lambda-service/place.ts';
import { byPlace, type Change } from '../model/change.ts';
import { type Key, keyOf } from '../model/key.ts';
import { listInstead } from '../read/observe.ts';
import { entriesPlace, knownDatacenters } from '../primary.ts';
import type { Run } from '../run.ts';
import { entriesOf } from './entries.ts';
import type { Outcomes } from './outcomes.ts';

/** Of the names of changes, those under which Consul holds one half of the pair. */
type Present = (run: Run, place: Place, changes: readonly Change[]) => Promise<Set<Key>>;

/**
 * Check-and-set protects each entry, not the pair: ends, as `half`, the changes whose other half is there, or is not,
 * against `expected`.
 */
export async function endIncomplete(
  run: Run,
  outcomes: Outcomes,
  changes: readonly Change[],
  present: Present,
  expected: boolean,
): Promise<void> {
  for (const { place, changes: some } of byPlace(changes)) {
    await outcomes.attempt(some, async () => {
      const keys = await present(run, place, some);
      for (const change of some) if (keys.has(change.key) !== expected) outcomes.end(change, 'half');
    });
  }
}

/** Changes of one place that have service-defaults now. */
export const presentDefaults: Present = async (run, place, changes) => {
  const at = entriesPlace(run, place);
  const present = new Set((await entriesOf(run, at, changes)).keys());
  const isMissing = ({ service }: Change): boolean => !present.has(nameKey(service));
  const missing = changes.filter(isMissing);
  if (missing.length > 0) {
    // A copy lags: what one datacenter does not know yet another one may. One that is away says nothing of it.
    for (const datacenter of (await knownDatacenters(run)).slice(1)) {
      const there = await entriesThere(run, { ...at, datacenter }, missing);
      for (const name of there) present.add(name);
    }
  }
  return new Set([...present].map((name) => keyOf(place, name)));
};

async function entriesThere(run: Run, place: Place, changes: readonly Change[]): Promise<Iterable<string>> {
  try {
    return (await entriesOf(run, place, changes)).keys();
  } catch (error) {
    if (isAppError(error)) return [];
    throw error;
  }
}

/**
 * Changes of one place that have a service on our node now: one list read for a batch; for the one name of an event a
 * look at the name, which costs no scan of the node.
 */
export const presentServices: Present = async (run, place, changes) => {
  const { consul, config, deadline } = run;
  const [only, ...others] = changes;
  if (only && others.length === 0 && !run.isFull) {
    const { instances } = await consul.serviceInstances(place, only.service, deadline);
    const own = instances.filter(({ Node }) => nameKey(Node) === nameKey(config.nodeName));
    return new Set(own.map(({ ServiceID }) => keyOf(place, ServiceID)));
  }
  const filter = changes.map(({ service }) => `ID == \`${service}\``).join(' or ');
  const picked = changes.length > listInstead ? undefined : filter;
  const { services } = await consul.nodeServices(place, config.nodeName, deadline, picked);
  return new Set(services.map(({ ID }) => keyOf(place, ID)));
};
