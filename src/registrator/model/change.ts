import { sameJson } from '../../core/objects.ts';
import type { CatalogService, ServiceBody } from '../../consul/api.ts';
import {
  leafMetaKeys,
  type LambdaService,
  metaKeys,
  serviceMeta,
  serviceTags,
} from '../../lambda-service/service.ts';
import {
  changedDefaults,
  changedKeys,
  type DefaultsEntry,
  mergeDefaults,
  type ServiceDefaultsFormat,
} from '../../lambda-service/service-defaults.ts';
import { nameKey, type Place } from '../../lambda-service/place.ts';
import { type Key, placeKey } from './key.ts';
import type { Link } from './gateway.ts';
import type { Pair } from './ownership.ts';
import type { Action } from './report.ts';

/** The bodies to write; absent where nothing differs, and in deletions. */
interface Writes {
  service?: ServiceBody;
  defaults?: DefaultsEntry;
}

/** One service and its service-defaults, from what was observed to what is wanted. */
export interface Change {
  action: Action;
  key: Key;
  place: Place;
  /** Name of the service. */
  service: string;
  arn: string;
  /** What differs from what was observed; empty for creations and deletions. */
  fields: string[];
  reason: string;
  /** As observed; its indexes guard the writes. */
  pair: Pair;
  writes: Writes;
  /** Whether a deletion takes the service-defaults, too. */
  dropsDefaults: boolean;
  /** Functions whose tags must have been read afresh before this is applied. */
  restsOn: string[];
  /** Where a moved service must be before it goes from here. */
  after?: Key;
  /** What terminating gateways are to list, or no longer. */
  relink?: Relink;
}

/** A service whose terminating gateway changes: made to list it after it is written, to cease before. */
export interface Relink {
  link: Link;
  add?: string;
  remove?: string;
}

/** Meta keys that are ours to set and to remove; others on the service are left alone. */
const ownMetaKeys = new Set<string>(Object.values(metaKeys));

/** Meta keys that tell of the function that a service stands for, and are nothing to another one. */
const ownLeafKeys = new Set<string>(Object.values(leafMetaKeys));

/** How what is written is marked and spelt. */
export interface Spelling {
  ownerId: string;
  format: ServiceDefaultsFormat;
  /** Meta of the service besides what the function asks for. */
  meta?: Readonly<Record<string, string>>;
}

/** What must be written so that `pair` becomes `wanted`, and the fields that differ, as `Meta.lambda-arn`. */
export function diffPair(
  pair: Pair,
  wanted: LambdaService,
  { ownerId, format, meta = {} }: Spelling,
): Pick<Change, 'fields' | 'writes'> {
  const service = serviceToWrite(pair.service, wanted, { ...serviceMeta(wanted, ownerId), ...meta });
  const serviceFields = pair.service === undefined ? ['service'] : changedService(pair.service, service);
  const defaults = mergeDefaults(pair.defaults, wanted, ownerId, format);
  const defaultsFields =
    pair.defaults === undefined
      ? ['service-defaults']
      : changedDefaults(pair.defaults, defaults).map((field) => `service-defaults.${field}`);
  return {
    fields: [...serviceFields, ...defaultsFields],
    writes: {
      ...(serviceFields.length > 0 ? { service } : {}),
      ...(defaultsFields.length > 0 ? { defaults } : {}),
    },
  };
}

/** The changes of one place. */
export interface ChangesOfPlace {
  place: Place;
  changes: Change[];
}

/** Changes by place, in the order in which the places first occur. */
export function byPlace(changes: readonly Change[]): ChangesOfPlace[] {
  const groups = new Map<string, ChangesOfPlace>();
  for (const change of changes) {
    const { place } = change;
    const group = groups.get(placeKey(place)) ?? { place, changes: [] };
    group.changes.push(change);
    groups.set(placeKey(place), group);
  }
  return [...groups.values()];
}

/** Whether a change would write over something that exists. */
export function overwrites({ writes, pair }: Change): boolean {
  return (
    (writes.service !== undefined && pair.service !== undefined) ||
    (writes.defaults !== undefined && pair.defaults !== undefined)
  );
}

function serviceToWrite(
  current: CatalogService | undefined,
  wanted: LambdaService,
  meta: Record<string, string>,
): ServiceBody {
  const { ModifyIndex: _modified, CreateIndex: _created, ...kept }: Partial<CatalogService> = current ?? {};
  const isOthers = current?.Meta?.[metaKeys.arn] !== wanted.arn;
  const foreignMeta = Object.entries(current?.Meta ?? {}).filter(
    ([key]) => !ownMetaKeys.has(key) && !(isOthers && ownLeafKeys.has(key)),
  );
  return {
    ...kept,
    ID: speltAs(current?.ID, wanted.name),
    Service: speltAs(current?.Service, wanted.name),
    Tags: serviceTags(wanted),
    Meta: { ...Object.fromEntries(foreignMeta), ...meta },
  };
}

/**
 * A name as it is spelt already, since Consul compares names without case, and from 1.22.8 on refuses another spelling for an ID
 * that is taken.
 */
function speltAs(current: string | undefined, name: string): string {
  return current !== undefined && nameKey(current) === nameKey(name) ? current : name;
}

function changedService(current: CatalogService, wanted: ServiceBody): string[] {
  const renamed = current.ID !== wanted.ID || current.Service !== wanted.Service;
  const tags = new Set(current.Tags);
  const sameTags = sameJson([...tags].toSorted(), [...(wanted.Tags ?? [])].toSorted());
  return [
    ...(renamed ? ['ID'] : []),
    ...(sameTags ? [] : ['Tags']),
    ...changedKeys('Meta', current.Meta ?? {}, wanted.Meta ?? {}),
  ];
}
