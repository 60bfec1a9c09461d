import type { CatalogService } from '../../consul/api.ts';
import { parseFunctionArn, unqualifiedArn } from '../../lambda-service/arn.ts';
import { metaKeys } from '../../lambda-service/service.ts';
import type { Key } from '../model/key.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { isAbroad } from '../model/territory.ts';
import type { PlanSettings } from '../plan/case.ts';
import { claimedNames } from '../plan/claims.ts';
import type { Settled } from '../write/outcomes.ts';
import type { Registered } from './registered.ts';

/**
 * The services of functions, not of aliases, that this registrator keeps, as they stand after what was settled.
 * @param keys the names that the run is about; all of them by default
 */
export function standingServices(
  snapshot: Snapshot,
  settings: PlanSettings,
  settled: readonly Settled[],
  keys?: ReadonlySet<Key>,
): Registered[] {
  const ground = { ...settings, closed: snapshot.observed.closed };
  const made = new Map(settled.map((one) => [one.change.key, one]));
  return [...claimedNames(snapshot, ground).byKey].flatMap(([key, { place, services }]) => {
    if (keys && !keys.has(key)) return [];
    const service = serviceAfter(snapshot.observed.pairs.get(key)?.service, made.get(key));
    const arn = parseFunctionArn(service?.Meta?.[metaKeys.arn] ?? '');
    const isClaimed = services.some((claim) => claim.arn === service?.Meta?.[metaKeys.arn]);
    if (service === undefined || arn === undefined || arn.qualifier !== undefined || !isClaimed) return [];
    const home = service.Meta?.[metaKeys.home];
    const isKept = isAbroad(settings, place) ? home === settings.datacenter : home === undefined;
    if (service.Meta?.[metaKeys.owner] !== settings.scope.ownerId || !isKept) return [];
    return [{ place, functionArn: unqualifiedArn(arn), functionName: arn.functionName, service }];
  });
}

/** A service with the change that was made; its index is then that from before. */
function serviceAfter(
  observed: CatalogService | undefined,
  settled: Settled | undefined,
): CatalogService | undefined {
  if (settled?.outcome !== 'done') return observed;
  const { action, writes } = settled.change;
  if (action === 'delete') return undefined;
  return writes.service === undefined
    ? observed
    : { ...writes.service, ModifyIndex: observed?.ModifyIndex ?? 0 };
}
