import type { ConfigEntry } from '../../consul/config-entries.ts';
import { wordsOf } from '../../consul/transport/errors.ts';
import { mapConcurrent } from '../../core/concurrency.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import { sentence } from '../../core/wording.ts';
import { nameKey, type Place } from '../../lambda-service/place.ts';
import { byPlace, type Change } from '../model/change.ts';
import type { Key } from '../model/key.ts';
import type { Run } from '../run.ts';
import type { Settled } from './outcomes.ts';

/** An entry that needs the protocol of a service, as `service-router pay`. */
type Entry = string;

/**
 * Which services need to speak http for the sake of an entry, by the entry's kind: Consul refuses to write or delete the
 * service-defaults of these when an entry would no longer fit
 * (https://developer.hashicorp.com/consul/docs/reference/config-entry/service-defaults#protocol).
 */
const servicesNeededBy: Readonly<Record<string, (entry: ConfigEntry) => unknown[]>> = {
  'service-router': ({ Name, Routes }) => [Name, ...members(Routes, 'Destination', 'Service')],
  'service-splitter': ({ Name, Splits }) => [Name, ...members(Splits, 'Service')],
  'service-resolver': ({ Name, Redirect, Failover }) => [
    Name,
    ...members([Redirect], 'Service'),
    ...members(values(Failover), 'Service'),
    ...members(
      values(Failover).flatMap((failover) => members([failover], 'Targets').flat()),
      'Service',
    ),
  ],
  'service-intentions': ({ Name, Sources }) => (members(Sources, 'Permissions').length > 0 ? [Name] : []),
  'ingress-gateway': ({ Listeners }) => members(members(Listeners, 'Services').flat(), 'Name'),
};

/** Deletions whose service-defaults other entries mention, and these entries; whether they need them Consul decides. */
export async function entriesInTheWay(run: Run, changes: readonly Change[]): Promise<Map<Key, Entry[]>> {
  const found = new Map<Key, Entry[]>();
  for (const { place, changes: some } of byPlace(changes.filter(({ dropsDefaults }) => dropsDefaults))) {
    const mentioned = await mentions(run, place);
    for (const { key, service } of some) {
      const entries = mentioned.get(nameKey(service));
      if (entries) found.set(key, entries);
    }
  }
  return found;
}

/** Whether Consul will not write or delete service-defaults for the sake of another entry. */
export function isInUse(error: unknown): error is AppError {
  return (
    isAppError(error, 'UPSTREAM_REJECTED') &&
    error.details['status'] === 500 &&
    /protocol/.test(error.message)
  );
}

/**
 * The same outcomes, with the entry named that keeps Consul from writing or deleting service-defaults: it is found by
 * reading, since Consul's words do not name it.
 */
export async function nameWhatIsInTheWay(run: Run, settled: Settled[]): Promise<Settled[]> {
  const places = byPlace(settled.filter(({ outcome }) => isInUse(outcome)).map(({ change }) => change));
  const explained = new Map<Change, AppError>();
  for (const { place, changes } of places) {
    const mentioned = await mentions(run, place).catch(() => new Map<string, Entry[]>());
    for (const change of changes) {
      const cause = settled.find((one) => one.change === change)?.outcome;
      explained.set(change, entryInUse(change, mentioned.get(nameKey(change.service)) ?? [], cause));
    }
  }
  return settled.map((one) => ({ ...one, outcome: explained.get(one.change) ?? one.outcome }));
}

function entryInUse({ action, service }: Change, entries: readonly Entry[], cause: unknown): AppError {
  const what = entries.length === 0 ? 'another config entry' : entries.join(', ');
  const effect =
    action === 'delete'
      ? `The service-defaults of ${service} cannot be deleted while ${what} needs them; the service stays registered.`
      : `The service-defaults of ${service} cannot be written beside ${what}; nothing was registered.`;
  return new AppError(
    'ENTRY_IN_USE',
    `${effect} Remove or change ${what}; the next sync then goes on. Consul says: ${sentence(wordsOf(cause))}`,
    { cause },
  );
}

/** Entries by the services that they mention, names in lower case. */
async function mentions({ consul, deadline, config }: Run, place: Place): Promise<Map<string, Entry[]>> {
  const kinds = Object.entries(servicesNeededBy);
  const found = await mapConcurrent(kinds, config.concurrency, async ([kind, servicesOf]) => {
    const entries = await consul.configEntries(place, kind, deadline);
    return entries.flatMap((entry) =>
      servicesOf(entry)
        .filter((service) => typeof service === 'string' && service !== '')
        .map((service) => [nameKey(String(service)), `${kind} ${entry.Name}`] as const),
    );
  });
  const byService = new Map<string, Entry[]>();
  for (const [service, entry] of found.flat()) {
    const entries = byService.get(service) ?? [];
    if (!entries.includes(entry)) entries.push(entry);
    byService.set(service, entries);
  }
  return byService;
}

/** What stands at a path of member names in each object of a list; nothing where the path ends early. */
function members(list: unknown, ...path: string[]): unknown[] {
  if (!Array.isArray(list)) return [];
  return path.reduce<unknown[]>(
    (objects, name) =>
      objects
        .map((object) => (isObject(object) ? object[name] : undefined))
        .filter((member) => member !== undefined && member !== null),
    list,
  );
}

function values(object: unknown): unknown[] {
  return isObject(object) ? Object.values(object) : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
