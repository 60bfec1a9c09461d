import { metaKeys } from '../../lambda-service/service.ts';
import type { Change } from '../model/change.ts';
import { keptService } from '../model/ownership.ts';
import type { FailureEntry } from '../model/report.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { PlanSettings } from '../plan/case.ts';
import type { Run } from '../run.ts';
import type { Settled } from '../write/outcomes.ts';
import { removeExtensionData } from './remove.ts';
import { standingServices } from './standing-services.ts';

/** What is left of changes once the extension data of services has gone. */
interface Taken {
  /** Those that may be made now. */
  open: Change[];
  /** Those that may not, since the data has to stay for now. */
  kept: Settled[];
  failures: FailureEntry[];
}

/**
 * Removes the extension data of services that are about to be deleted, or to become those of other functions or of aliases,
 * before they are.
 * @param settled what has been dealt with before
 */
export async function takeDataAway(
  run: Run,
  changes: readonly Change[],
  {
    snapshot,
    settings,
    settled,
  }: { snapshot: Snapshot; settings: PlanSettings; settled: readonly Settled[] },
): Promise<Taken> {
  const leaving = changes.flatMap((change) => {
    const service = keptService(change.pair);
    const isLeaving =
      service && (change.action === 'delete' || isTakenFrom(change, service.Meta?.[metaKeys.arn]));
    return isLeaving ? [{ change, place: change.place, service }] : [];
  });
  if (leaving.length === 0) return { open: [...changes], kept: [], failures: [] };
  const after = [...settled, ...changes.map((change) => ({ change, outcome: 'done' as const }))];
  const staying = standingServices(snapshot, settings, after);
  const { kept, failures } = await removeExtensionData(run, leaving, staying);
  const stays = new Set(kept.map(({ change }) => change));
  return {
    open: changes.filter((change) => !stays.has(change)),
    kept: [...stays].map((change) => ({ change, outcome: 'kept' })),
    failures,
  };
}

function isTakenFrom({ arn, writes }: Change, holder: string | undefined): boolean {
  return writes.service !== undefined && holder !== arn;
}
