import { sameJson } from '../../core/same-json.ts';
import type { CatalogService, ServiceBody } from '../../consul/api.ts';
import { type LambdaService, metaKeys, serviceMeta, serviceTags } from '../../lambda-service/service.ts';
import {
  changedDefaults,
  changedKeys,
  type DefaultsEntry,
  mergeDefaults,
  type ServiceDefaultsFormat,
} from '../../lambda-service/service-defaults.ts';
import type { Pair } from './ownership.ts';
import type { Action } from './report.ts';

/** One service and its service-defaults, from what was observed to what is wanted. */
export interface Change {
  action: Action;
  key: string;
  name: string;
  arn: string;
  /** What differs from what was observed; empty for creations and deletions. */
  fields: string[];
  reason: string;
  /** As observed; its indexes guard the writes. */
  pair: Pair;
  /** What to write; absent where nothing differs, and in deletions. */
  service?: ServiceBody;
  defaults?: DefaultsEntry;
  /** Functions whose tags must have been read afresh before this is applied. */
  restsOn: string[];
}

/** Meta keys that are ours to set and to remove; others on the service are left alone. */
const ownMetaKeys = new Set<string>(Object.values(metaKeys));

/** What must be written so that `pair` becomes `wanted`, and what differs. */
export function diffPair(
  pair: Pair,
  wanted: LambdaService,
  ownerId: string,
  format: ServiceDefaultsFormat,
): Pick<Change, 'fields' | 'service' | 'defaults'> {
  const service = serviceToWrite(pair.service, wanted, ownerId);
  const serviceFields = pair.service === undefined ? ['service'] : changedService(pair.service, service);
  const defaults = mergeDefaults(pair.defaults, wanted, ownerId, format);
  const defaultsFields =
    pair.defaults === undefined
      ? ['service-defaults']
      : changedDefaults(pair.defaults, defaults).map((field) => `service-defaults.${field}`);
  return {
    fields: [...serviceFields, ...defaultsFields],
    ...(serviceFields.length > 0 ? { service } : {}),
    ...(defaultsFields.length > 0 ? { defaults } : {}),
  };
}

function serviceToWrite(
  current: CatalogService | undefined,
  wanted: LambdaService,
  ownerId: string,
): ServiceBody {
  const { ModifyIndex: _modified, CreateIndex: _created, ...kept }: Partial<CatalogService> = current ?? {};
  const foreignMeta = Object.entries(current?.Meta ?? {}).filter(([key]) => !ownMetaKeys.has(key));
  return {
    ...kept,
    ID: wanted.name,
    Service: wanted.name,
    Tags: serviceTags(wanted),
    Meta: { ...Object.fromEntries(foreignMeta), ...serviceMeta(wanted, ownerId) },
  };
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
