import { nodeMetaKeys } from '../../lambda-service/service.ts';
import type { AppError } from '../../core/errors.ts';
import type { WarningEntry } from '../model/report.ts';
import { wantedServices } from '../model/snapshot.ts';
import type { Territory } from '../model/territory.ts';
import { rememberedDatacenters } from '../read/places.ts';
import type { Reconciled } from '../reconcile.ts';
import type { Run } from '../run.ts';
import { relist } from './ledger.ts';

/**
 * After a complete full sync: lets home's node forget datacenters where nothing of ours was found and nothing is to be. What
 * keeps it from forgetting does no harm, and the next full sync tries again.
 */
export async function forgetEmptyDatacenters(
  run: Run,
  territory: Territory,
  { snapshot, settled }: Reconciled,
): Promise<WarningEntry[]> {
  const { observed, functions, isListed } = snapshot;
  if (!run.isFull || run.dryRun || !isListed) return [];
  const remembered = rememberedDatacenters(run, observed.nodes);
  if (remembered.length === 0) return [];
  const ground = { ...territory, closed: observed.closed };
  const used = [
    ...[...observed.pairs.values()].filter(({ service }) => service).map(({ place }) => place),
    ...settled.map(({ change }) => change.place),
    ...[...functions.values()].flatMap((state) => wantedServices(state, ground)).map(({ place }) => place),
  ].map(({ datacenter }) => datacenter);
  const partial = [...observed.nodes].filter(([, { isWhole }]) => !isWhole).map(([key]) => key);
  const unseen = [...observed.closed.keys(), ...partial].map((key) => key.split('/')[0]);
  const kept = new Set([...used, ...unseen]);
  const empty = remembered.filter((name) => !kept.has(name));
  if (empty.length === 0) return [];
  const error = await relist(run, run.home, nodeMetaKeys.datacenters, { remove: empty });
  return error === undefined ? [] : [unforgotten(empty, error)];
}

function unforgotten(names: readonly string[], error: AppError): WarningEntry {
  return {
    service: '',
    arn: '',
    tag: '',
    message: `Nothing of ours is in datacenter ${names.join(', ')} any more, but our node could not be told: ${error.message}`,
    hint: 'The next full sync tries again; until then it looks there in vain.',
  };
}
