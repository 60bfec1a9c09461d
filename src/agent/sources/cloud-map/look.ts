import type { CloudMap } from '../../../aws/cloud-map/api.ts';
import type { Clock } from '../../../core/clock.ts';
import { mapConcurrent } from '../../../core/concurrency.ts';
import { deadlineIn } from '../../../core/deadline.ts';
import { isAppError } from '../../../core/errors.ts';
import type { Reading } from '../../model/sighting.ts';
import { type ListedService, type Listing, listServices, nothingListed } from './listing.ts';
import { wantedNamespaces } from './namespaces.ts';
import { createPermissions } from './permissions.ts';
import { readingOf, type Standing } from './reading.ts';
import { createServiceReader } from './service-reader.ts';
import type { CloudMapSettings } from './settings.ts';

/** What to look at: everything, whole; what is due, as it may have changed; or only what failed the last time. */
export type Scope = 'all' | 'due' | 'failed';

export interface Look {
  readonly reading: Reading;
  /** Nothing failed that is worth another look soon. */
  readonly isComplete: boolean;
}

/** Services that are asked about at once. */
const atOnce = 16;
const listMs = 60_000;
/** One that does not answer keeps the others waiting for their next look. */
const readMs = 15_000;

/**
 * Looks at Cloud Map again and again, and remembers what it saw.
 * @returns takes one look; throws AppError when the namespaces cannot be listed, or no service at all can be read
 */
export function createLook(
  settings: CloudMapSettings,
  cloudMap: CloudMap,
  clock: Clock,
  signal: AbortSignal,
): (scope: Scope) => Promise<Look> {
  const wanted = wantedNamespaces(settings.namespaces);
  const permissions = createPermissions(clock);
  const readService = createServiceReader(cloudMap, settings, permissions, clock);
  const healthMs = Math.max(settings.healthRefreshMs, settings.refreshMs);
  let listing: Listing = nothingListed;
  let listedAt: number | undefined;
  let standings: ReadonlyMap<string, Standing> = new Map();

  /** Looks begin a little earlier or later than they should: half of the time between two is as good as the whole. */
  const isOlder = (since: number, ms: number): boolean => clock.now() - since >= ms - settings.refreshMs / 2;

  function isListingDue(scope: Scope): boolean {
    const isGone = [...standings.values()].some(({ failure }) => isAppError(failure, 'NOT_FOUND'));
    if (listedAt === undefined || listing.isStale || isGone || scope === 'all') return true;
    return scope === 'due' && isOlder(listedAt, settings.servicesRefreshMs);
  }

  async function list(): Promise<void> {
    const startedAt = clock.now();
    // Until it is done, and if it fails.
    listing = { ...listing, isStale: true };
    listing = await listServices(cloudMap, wanted, listing, deadlineIn(clock, listMs, signal));
    listedAt = startedAt;
    const there = new Set(listing.services.map(({ service }) => service.arn));
    standings = new Map([...standings].filter(([arn]) => there.has(arn)));
  }

  async function read(listed: ListedService, isWhole: boolean): Promise<Standing> {
    const before = standings.get(listed.service.arn)?.read;
    const isFresh = before !== undefined && !isWhole && !isOlder(before.readAt, healthMs);
    try {
      const deadline = deadlineIn(clock, readMs, signal);
      return { read: await readService(listed, isFresh ? before : undefined, deadline), failure: undefined };
    } catch (failure) {
      return { read: before, failure };
    }
  }

  return async (scope) => {
    if (isListingDue(scope)) await list();
    const isAsked = ({ service }: ListedService): boolean => {
      const standing = standings.get(service.arn);
      return scope !== 'failed' || standing === undefined || standing.failure !== undefined;
    };
    const asked = listing.services.filter(isAsked);
    const found = await mapConcurrent(asked, atOnce, async (listed) => {
      return [listed.service.arn, await read(listed, scope === 'all')] as const;
    });
    standings = new Map([...standings, ...found]);
    const failures = [...standings.values()].flatMap(({ failure }) => failure ?? []);
    if (failures.length > 0 && failures.length === standings.size) throw failures[0];
    const reading = readingOf({ wanted, listing, standings, denials: permissions.denials() });
    return { reading, isComplete: failures.length === 0 && !listing.isStale };
  };
}
