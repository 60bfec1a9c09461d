import type { ServiceDefaults } from '../../consul/api.ts';
import { AppError } from '../../core/errors.ts';
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

/**
 * Before a process writes anything in another datacenter for the first time: whether what is written at home can be read
 * there. Without `primary_datacenter` each has service-defaults of its own, and a write lands in the answering one's,
 * whatever it names. Ends the changes of a datacenter that is not part of the federation; nothing of them is left.
 * @returns changes whose service-defaults have been written
 */
export async function proveFederation(
  run: Run,
  outcomes: Outcomes,
  changes: readonly Change[],
): Promise<Set<Change>> {
  const witnesses = new Set<Change>();
  const unproven = changes.filter(
    (change) => needsCopy(run, change) && run.memory.federated?.has(change.place.datacenter ?? '') !== true,
  );
  const datacenters = new Set(unproven.map(({ place }) => place.datacenter ?? ''));
  for (const datacenter of datacenters) {
    const some = unproven.filter(({ place }) => place.datacenter === datacenter);
    const witness = some.find(isWritten) ?? some[0];
    if (witness === undefined) continue;
    if (!isWritten(witness)) witnesses.add(witness);
    await outcomes.attempt(some, () => prove(run, outcomes, datacenter, witness, some));
  }
  return witnesses;
}

async function prove(
  run: Run,
  outcomes: Outcomes,
  datacenter: string,
  witness: Change,
  changes: readonly Change[],
): Promise<void> {
  const outcome = isWritten(witness) ? 'done' : await putDefaults(run, witness);
  if (outcome !== 'done') return outcomes.end(witness, outcome);
  const isShared = (await missingCopies(run, witness.place, [witness])).length === 0;
  noteFederation(run, datacenter, isShared);
  const error = separation(run, datacenter);
  if (isShared || error === undefined) return;
  if (witness.pair.defaults === undefined) await takeBack(run, witness);
  for (const change of changes) outcomes.end(change, error);
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
  const until = run.clock.now() + copiedWithinMs;
  for (;;) {
    const there = await entriesOf(run, place, changes);
    const missing = changes.filter((change) => !arrived(change, there.get(nameKey(change.service))));
    if (missing.length === 0 || run.clock.now() >= until) return missing;
    await run.clock.sleep(askAgainMs, run.deadline.signal);
  }
}

/** Whether what is at home can be looked for elsewhere as it is. */
function isWritten(change: Change): boolean {
  return arrived(change, change.pair.defaults);
}

function arrived({ writes, pair }: Change, copy: ServiceDefaults | undefined): boolean {
  const wanted = writes.defaults ?? pair.defaults;
  return copy !== undefined && wanted !== undefined && defaultsArn(copy) === defaultsArn(wanted);
}
