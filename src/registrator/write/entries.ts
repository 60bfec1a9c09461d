import type { ServiceDefaults } from '../../consul/api.ts';
import { mapConcurrent } from '../../core/concurrency.ts';
import { nameKey, type Place } from '../../lambda-service/place.ts';
import { changedDefaults, type DefaultsEntry } from '../../lambda-service/service-defaults.ts';
import type { Change } from '../model/change.ts';
import { entriesPlace, findPrimary } from '../primary.ts';
import { listInstead } from '../read/observe.ts';
import type { Run } from '../run.ts';
import type { Outcome } from './outcomes.ts';

/** One write of service-defaults, check-and-set at an index; whether it was accepted. */
type Write = (index: number) => Promise<boolean>;

/** Writes the service-defaults of a change, check-and-set on what was observed. */
export async function putDefaults(run: Run, { place, writes, pair }: Change): Promise<Outcome> {
  const { defaults } = writes;
  if (defaults === undefined) return 'done';
  const put: Write = (index) =>
    run.consul.putServiceDefaults(entriesPlace(run, place), defaults, index, run.deadline);
  return checkAndSet(run, place, defaults.Name, pair.defaults, put, (there) => isAsWanted(there, defaults));
}

/** Deletes the service-defaults of a change, check-and-set on what was observed. */
export async function dropDefaults(run: Run, { place, pair }: Change): Promise<Outcome> {
  const { defaults } = pair;
  if (defaults === undefined) return 'done';
  const drop: Write = (index) =>
    run.consul.deleteServiceDefaults(entriesPlace(run, place), defaults.Name, index, run.deadline);
  return checkAndSet(run, place, defaults.Name, defaults, drop, (there) => there === undefined);
}

/** The service-defaults that stand at a place under the names of changes, by name in lower case. */
export async function entriesOf(
  { consul, config, deadline }: Run,
  place: Place,
  changes: readonly Change[],
): Promise<Map<string, ServiceDefaults>> {
  const entries =
    changes.length > listInstead
      ? await consul.listServiceDefaults(place, deadline)
      : await mapConcurrent(changes, config.concurrency, ({ service }) =>
          consul.serviceDefaults(place, service, deadline),
        );
  return new Map(entries.flatMap((entry) => (entry ? [[nameKey(entry.Name), entry] as const] : [])));
}

function isAsWanted(there: ServiceDefaults | undefined, wanted: DefaultsEntry): boolean {
  return there !== undefined && changedDefaults(there, wanted).length === 0;
}

/**
 * A write that is lost although the entry has not changed shows that this is a secondary datacenter, where indexes are not
 * those that count: then it is made with what the primary answers, unless somebody was faster there.
 */
async function checkAndSet(
  run: Run,
  place: Change['place'],
  name: string,
  observed: ServiceDefaults | undefined,
  write: Write,
  isDone: (there: ServiceDefaults | undefined) => boolean,
): Promise<Outcome> {
  if (await write(observed?.ModifyIndex ?? 0)) return 'done';
  const at = (datacenter?: string) =>
    run.consul.serviceDefaults(
      { ...entriesPlace(run, place), ...(datacenter !== undefined && { datacenter }) },
      name,
      run.deadline,
    );
  if ((await at())?.ModifyIndex !== observed?.ModifyIndex) return 'lost';
  const take = async (datacenter: string): Promise<boolean> => {
    const there = await at(datacenter);
    return isSame(there, observed) && write(there?.ModifyIndex ?? 0);
  };
  const primary = await findPrimary(run, take);
  if (primary !== 'found') return primary === 'taken' ? 'done' : 'lost';
  const there = await at();
  if (isDone(there)) return 'done';
  return isSame(there, observed) && (await write(there?.ModifyIndex ?? 0)) ? 'done' : 'lost';
}

/** Whether an entry says the same in two datacenters; indexes are each one's own. */
function isSame(there: ServiceDefaults | undefined, here: ServiceDefaults | undefined): boolean {
  if (there === undefined || here === undefined) return there === here;
  return changedDefaults(there, here).length === 0;
}
