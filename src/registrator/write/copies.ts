import type { ServiceDefaults } from '../../consul/api.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import { nameKey, type Place } from '../../lambda-service/place.ts';
import { defaultsArn } from '../../lambda-service/service-defaults.ts';
import { needsCopy, noteFederation, separation } from '../federation.ts';
import { byPlace, type Change } from '../model/change.ts';
import { entriesPlace } from '../primary.ts';
import type { Run } from '../run.ts';
import { dropDefaults, entriesOf, putDefaults } from './entries.ts';
import type { Outcomes } from './outcomes.ts';

/** A federation copies config entries within a second; one that does not is none. */
const copiedWithinMs = 2_000;
const askAgainMs = 100;

/** What a process found out before it writes in another datacenter for the first time. */
export interface Proof {
  /** Why nothing can be written there. */
  problem?: AppError;
  /** The change whose service-defaults have been written for it. */
  witness?: Change;
}

/**
 * Whether what is written at home can be read where changes are to be made. Without `primary_datacenter` each datacenter
 * has service-defaults of its own, and a write lands in the answering one's, whatever it names. What another registrator
 * wrote there says nothing: a witness must be absent before it is written. Of a datacenter that is not part of the
 * federation nothing is left.
 * @param changes those of one datacenter and partition
 * @throws AppError when Consul cannot be asked
 */
export async function proveFederation(run: Run, changes: readonly Change[]): Promise<Proof> {
  const unproven = changes.filter(
    (change) => needsCopy(run, change) && run.memory.federated?.has(change.place.datacenter ?? '') !== true,
  );
  const standing = unproven.find(({ pair }) => pair.defaults);
  if (standing && !(await isAsAtHome(run, standing))) return separate(run, standing);
  for (const witness of unproven) {
    if (witness.pair.defaults || !witness.writes.defaults) continue;
    if (!(await isAsAtHome(run, witness))) return separate(run, witness);
    const written = await attempted(run, witness);
    if (written === false) continue;
    if (written !== true) return { problem: written };
    if ((await missingCopies(run, witness.place, [witness])).length === 0) {
      noteFederation(run, witness.place.datacenter ?? '', true);
      return { witness };
    }
    await takeBack(run, witness);
    return separate(run, witness);
  }
  return {};
}

/** Whether the service-defaults were written; why not, where no other would be either. */
async function attempted(run: Run, witness: Change): Promise<boolean | AppError> {
  try {
    return (await putDefaults(run, witness)) === 'done';
  } catch (error) {
    if (!isAppError(error)) throw error;
    return error.retryable ? error : false;
  }
}

function separate(run: Run, { place: { datacenter = '' } }: Change): Proof {
  noteFederation(run, datacenter, false);
  const problem = separation(run, datacenter);
  return problem ? { problem } : {};
}

/** Whether the service-defaults that are at home are where the change is to be made, or absent from both. */
async function isAsAtHome(run: Run, change: Change): Promise<boolean> {
  const { defaults } = change.pair;
  return within(run, async () => {
    const copy = (await entriesOf(run, change.place, [change])).get(nameKey(change.service));
    return (copy && defaultsArn(copy)) === (defaults && defaultsArn(defaults));
  });
}

/** Removes the service-defaults that were written to see whether they are copied. */
async function takeBack(run: Run, witness: Change): Promise<void> {
  const { consul, deadline } = run;
  const written = await consul.serviceDefaults(entriesPlace(run, witness.place), witness.service, deadline);
  if (written) await dropDefaults(run, { ...witness, pair: { ...witness.pair, defaults: written } });
}

/** Ends changes whose service-defaults have not arrived where their services are to be. */
export async function awaitCopies(run: Run, outcomes: Outcomes, changes: readonly Change[]): Promise<void> {
  const written = changes.filter((change) => change.writes.defaults !== undefined && needsCopy(run, change));
  for (const { place, changes: some } of byPlace(written)) {
    await outcomes.attempt(some, async () => {
      for (const change of await missingCopies(run, place, some)) outcomes.end(change, lagging(change));
    });
  }
}

function lagging({ service, place }: Change): AppError {
  const message = `The service-defaults of ${service} have not arrived in datacenter ${place.datacenter} within ${copiedWithinMs / 1000} s; nothing was registered there, and the next run tries again.`;
  return new AppError('UPSTREAM_TIMEOUT', message);
}

/** Of changes at a place those whose service-defaults cannot be read there yet. */
async function missingCopies(run: Run, place: Place, changes: readonly Change[]): Promise<Change[]> {
  let missing = [...changes];
  await within(run, async () => {
    const there = await entriesOf(run, place, missing);
    missing = missing.filter((change) => !arrived(change, there.get(nameKey(change.service))));
    return missing.length === 0;
  });
  return missing;
}

/** Whether something comes true in the time that a copy may take. */
async function within({ clock, deadline }: Run, isTrue: () => Promise<boolean>): Promise<boolean> {
  const until = clock.now() + copiedWithinMs;
  for (;;) {
    if (await isTrue()) return true;
    if (clock.now() >= until) return false;
    await clock.sleep(askAgainMs, deadline.signal);
  }
}

function arrived({ writes, pair }: Change, copy: ServiceDefaults | undefined): boolean {
  const wanted = writes.defaults ?? pair.defaults;
  return copy !== undefined && wanted !== undefined && defaultsArn(copy) === defaultsArn(wanted);
}
