import type { TerminatingGateway } from '../../consul/api.ts';
import { wordsOf } from '../../consul/transport/errors.ts';
import { mapConcurrent } from '../../core/concurrency.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import { sentence } from '../../core/wording.ts';
import { nameKey, type Place } from '../../lambda-service/place.ts';
import { findPrimary } from '../primary.ts';
import type { Run } from '../run.ts';
import type { Link } from '../model/gateway.ts';
import { relinked } from './entry.ts';
import { gatewaysPlace, readGateway } from './read.ts';

/** A service that a gateway is to list, or no longer. */
export interface LinkChange {
  gateway: string;
  link: Link;
  want: 'linked' | 'unlinked';
}

/** What became of it: as wanted, made so or found so; the token may not read or write the gateway; or failed. */
export type LinkOutcome = 'done' | 'denied' | AppError;

/**
 * Makes gateways list services, or no longer: one check-and-set write a gateway for all of its links, none where nothing
 * differs. One that another writer overtakes is made once more on what is read then.
 * @returns what became of each change, in their order: REVISION_CONFLICT where others were faster twice,
 *   UPSTREAM_REJECTED with Consul's own words where it takes no such entry, or what kept Consul from being asked
 */
export async function writeLinks<Change extends LinkChange>(
  run: Run,
  changes: readonly Change[],
): Promise<{ change: Change; outcome: LinkOutcome }[]> {
  const gateways = new Map<string, Change[]>();
  for (const change of changes) {
    const key = nameKey(change.gateway);
    gateways.set(key, [...(gateways.get(key) ?? []), change]);
  }
  const outcomes = await mapConcurrent(
    [...gateways],
    run.config.concurrency,
    async ([key, some]): Promise<[string, LinkOutcome]> => [key, await outcomeOf(run, some)],
  );
  const byGateway = new Map(outcomes);
  return changes.map((change) => ({
    change,
    outcome: byGateway.get(nameKey(change.gateway)) ?? 'done',
  }));
}

/** @param changes those of one gateway */
async function outcomeOf(run: Run, changes: readonly LinkChange[]): Promise<LinkOutcome> {
  const [{ gateway } = { gateway: '' }] = changes;
  try {
    return (await relink(run, gateway, changes)) ? 'done' : overtakenTwice(gateway);
  } catch (error) {
    if (isAppError(error, 'UPSTREAM_AUTH')) return 'denied';
    if (isAppError(error, 'UPSTREAM_REJECTED')) return refused(gateway, error);
    if (isAppError(error)) return error;
    throw error;
  }
}

/** False when others were faster twice. */
async function relink(run: Run, gateway: string, changes: readonly LinkChange[]): Promise<boolean> {
  const linksTo = (want: LinkChange['want']): Link[] =>
    changes.filter((change) => change.want === want).map(({ link }) => link);
  const [add, remove] = [linksTo('linked'), linksTo('unlinked')];
  const toWrite = (entry: TerminatingGateway | undefined) => relinked(entry, gateway, add, remove);

  const first = await readGateway(run, gateway);
  if (await put(run, gatewaysPlace(run), first, toWrite(first))) return true;
  let second = await readGateway(run, gateway);
  if (second?.ModifyIndex === first?.ModifyIndex) {
    const found = await findPrimary(run, async (datacenter) => {
      const place = { ...gatewaysPlace(run), datacenter };
      const entry = await readGateway(run, gateway, place);
      const wanted = toWrite(entry);
      // Nothing to write proves nothing: a copy may say what is wanted as well as the primary.
      return wanted !== undefined && put(run, place, entry, wanted);
    });
    if (found === 'taken') return true;
    second = await readGateway(run, gateway);
  }
  return put(run, gatewaysPlace(run), second, toWrite(second));
}

/** False when somebody else was faster. */
async function put(
  { consul, deadline }: Run,
  place: Place,
  read: TerminatingGateway | undefined,
  wanted: TerminatingGateway | undefined,
): Promise<boolean> {
  if (wanted === undefined) return true;
  return consul.putTerminatingGateway(place, wanted, read?.ModifyIndex ?? 0, deadline);
}

function overtakenTwice(gateway: string): AppError {
  return new AppError(
    'REVISION_CONFLICT',
    `Other writers changed terminating gateway ${gateway} twice before its services could be changed; the next run tries again.`,
  );
}

function refused(gateway: string, cause: AppError): AppError {
  return new AppError(
    'UPSTREAM_REJECTED',
    `Consul refused terminating gateway ${gateway}: ${sentence(wordsOf(cause))}`,
    { cause },
  );
}
