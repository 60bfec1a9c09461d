import type { CheckedInstance, CloudMap } from '../../../aws/cloud-map/api.ts';
import type { Clock } from '../../../core/clock.ts';
import type { Deadline } from '../../../core/deadline.ts';
import { isAppError } from '../../../core/errors.ts';
import { type ListedService, reference } from './listing.ts';
import type { Permissions } from './permissions.ts';
import type { CloudMapSettings } from './settings.ts';

/** The instances of a service, as they were read whole. */
export interface ReadService {
  readonly instances: readonly CheckedInstance[];
  /** Undefined where every read has to be a whole one. */
  readonly revision: string | undefined;
  /** When, on the clock. */
  readonly readAt: number;
}

/**
 * Reads a service: where its revision is that of `before`, which one call tells, it is what it was.
 * @param before undefined to read it whole
 * @throws AppError as `CloudMap` does
 */
export type ReadOneService = (
  listed: ListedService,
  before: ReadService | undefined,
  deadline: Deadline,
) => Promise<ReadService>;

export function createServiceReader(
  cloudMap: CloudMap,
  { api }: Pick<CloudMapSettings, 'api'>,
  { ifGranted }: Permissions,
  clock: Clock,
): ReadOneService {
  async function isUnchanged(
    listed: ListedService,
    { revision }: ReadService,
    deadline: Deadline,
  ): Promise<boolean> {
    if (revision === undefined) return false;
    const ask = () => ifFound(cloudMap.revision(addressOf(listed), deadline));
    return (await ifGranted('DiscoverInstancesRevision', ask)) === revision;
  }

  async function list({ wanted, service }: ListedService, deadline: Deadline): Promise<CheckedInstance[]> {
    const id = reference(wanted, service);
    const instances = await cloudMap.instances(id, deadline);
    const health = service.isChecked
      ? await ifGranted('GetInstancesHealthStatus', () => cloudMap.healthOf(id, deadline))
      : undefined;
    return instances.map((instance) => ({ ...instance, health: health?.get(instance.id) ?? 'UNKNOWN' }));
  }

  return async (listed, before, deadline) => {
    if (before !== undefined && (await isUnchanged(listed, before, deadline))) return before;
    const readAt = clock.now();
    const discover = () => ifFound(cloudMap.discover(addressOf(listed), deadline));
    const found = api === 'list' ? undefined : await ifGranted('DiscoverInstances', discover);
    const isWhole = found !== undefined && !found.mayBeCut;
    const instances = isWhole ? found.instances : await list(listed, deadline);
    return { instances, revision: found?.revision, readAt };
  };
}

/** Discovery hears of services later than lists do: what it does not find may be there, and a list tells. */
async function ifFound<Answer>(call: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isAppError(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
}

function addressOf({ wanted, namespace, service }: ListedService) {
  return { namespace: namespace.httpName, service: service.name, owner: wanted.owner };
}
