import { type AppError, isAppError } from '../core/errors.ts';
import type { Place } from '../lambda-service/place.ts';
import { atHome } from './model/territory.ts';
import type { Run } from './run.ts';

/** How long known datacenters are remembered, in milliseconds. */
const rememberedMs = 10 * 60 * 1000;

/** The known datacenters, that of the answering server first. */
export async function knownDatacenters({ consul, memory, clock, deadline }: Run): Promise<string[]> {
  if (memory.datacenters === undefined || memory.datacenters.until <= clock.now()) {
    const names = await consul.datacenters(deadline);
    memory.datacenters = { names, until: clock.now() + rememberedMs };
  }
  return memory.datacenters.names;
}

/**
 * Where the config entries of a place are read and written. A secondary datacenter answers reads from a copy that lags and
 * has indexes of its own, while all writes go to the primary and are checked against the primary's
 * (https://developer.hashicorp.com/consul/docs/fundamentals/config-entry).
 */
export function entriesPlace(run: Pick<Run, 'memory' | 'config' | 'home'>, place: Place): Place {
  const { memory, config } = run;
  const primary = memory.primary ?? config.primaryDatacenter?.toLowerCase();
  return primary === undefined ? atHome(run, place) : { ...place, datacenter: primary };
}

/**
 * After a check-and-set was lost although the entry has not changed where it is read: the datacenter that keeps the entries,
 * as the agent says where the token may ask it, else the one whose index `take` finds accepted. It is remembered.
 * @param take writes once more with what the datacenter answers, and says whether that was accepted
 * @throws AppError where none was found, and one of them could not be asked
 * @returns `taken` when `take` made the write; undefined where no datacenter could be found, or it was known already
 */
export async function findPrimary(
  run: Run,
  take: (datacenter: string) => Promise<boolean>,
): Promise<'taken' | 'found' | undefined> {
  const { consul, memory, config, deadline } = run;
  if (memory.primary !== undefined || config.primaryDatacenter !== undefined) return undefined;
  const known = await knownDatacenters(run);
  const read = (run.home.datacenter ?? known[0])?.toLowerCase();
  const others = known.filter((name) => name.toLowerCase() !== read);
  if (others.length === 0) return undefined;
  const told = await consul.primaryDatacenter(deadline);
  if (told !== undefined && told !== '') {
    if (told.toLowerCase() === read) return undefined;
    memory.primary = told.toLowerCase();
    return 'found';
  }
  const failures: AppError[] = [];
  for (const datacenter of others) {
    try {
      if (!(await take(datacenter))) continue;
      memory.primary = datacenter;
      return 'taken';
    } catch (error) {
      if (!isAppError(error)) throw error;
      failures.push(error);
    }
  }
  if (failures[0]) throw failures[0];
  return undefined;
}
