import { mapConcurrent } from '../../core/concurrency.ts';
import type { Deadline } from '../../core/deadline.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import { sentence } from '../../core/sentence.ts';
import type { Operation, OperationFailure } from '../../consul/api.ts';
import type { Applier } from './applier.ts';
import type { Change } from '../model/change.ts';
import { nameKey } from '../../lambda-service/place.ts';
import { ownsDefaults } from '../model/ownership.ts';

/** Operations in one call; the edge splits them further where a server wants that. */
const operationsInCall = 128;
/** From so many names on, one list costs less than an answer for each. */
const listInstead = 16;

/** What became of a change: written, overtaken by another writer, written but left without its other half, or failed. */
export type Outcome = 'done' | 'lost' | 'half' | AppError;

/**
 * Creates and updates: the service-defaults first, so that no service is ever reachable without them, then the services,
 * then one more look at the other half of what was created: somebody may have removed it meanwhile. Every write is
 * check-and-set on what was observed.
 */
export async function applyUpserts(
  applier: Applier,
  changes: readonly Change[],
  deadline: Deadline,
): Promise<Map<Change, Outcome>> {
  const outcomes = new Outcomes(changes);
  for (const slice of slices(changes)) {
    await outcomes.each(applier.concurrency, slice, async (change) => {
      if (change.defaults === undefined) return 'done';
      const index = change.pair.defaults?.ModifyIndex ?? 0;
      return (await applier.consul.putServiceDefaults(applier.place, change.defaults, index, deadline))
        ? 'done'
        : 'lost';
    });
    const services = outcomes.open(slice).filter((change) => change.service !== undefined);
    await transact(applier, outcomes, services, upsertOperation, deadline);
  }
  const created = outcomes.open().filter((change) => change.action === 'create');
  await findHalves(applier, outcomes, created, presentDefaults, (present) => !present, deadline);
  const restored = outcomes
    .open()
    .filter(({ action, defaults, pair }) => action !== 'create' && defaults && !pair.defaults);
  await findHalves(applier, outcomes, restored, presentServices, (present) => !present, deadline);
  return outcomes.settled();
}

/**
 * Deletes: the service first, so that it is never reachable without its service-defaults, then those, then one more look
 * for services that somebody registered in between.
 */
export async function applyDeletions(
  applier: Applier,
  changes: readonly Change[],
  deadline: Deadline,
): Promise<Map<Change, Outcome>> {
  const outcomes = new Outcomes(changes);
  const hasOwnDefaults = ({ pair }: Change): boolean =>
    pair.defaults !== undefined && ownsDefaults(pair.defaults, applier.scope);
  for (const slice of slices(changes)) {
    const services = slice.filter((change) => change.pair.service !== undefined);
    await transact(applier, outcomes, services, deleteOperation, deadline);
    await outcomes.each(
      applier.concurrency,
      outcomes.open(slice).filter(hasOwnDefaults),
      async ({ pair }) => {
        const { Name, ModifyIndex } = pair.defaults ?? { Name: '', ModifyIndex: 0 };
        return (await applier.consul.deleteServiceDefaults(applier.place, Name, ModifyIndex ?? 0, deadline))
          ? 'done'
          : 'lost';
      },
    );
  }
  const deleted = outcomes.open().filter(hasOwnDefaults);
  await findHalves(applier, outcomes, deleted, presentServices, (present) => present, deadline);
  return outcomes.settled();
}

/** What became of each change so far. Once Consul is away nothing further is attempted. */
class Outcomes {
  readonly #changes: readonly Change[];
  readonly #ended = new Map<Change, Outcome>();
  #outage: AppError | undefined;

  constructor(changes: readonly Change[]) {
    this.#changes = changes;
  }

  /** Those of `changes`, or of all, that nothing has gone wrong with. */
  open(changes = this.#changes): Change[] {
    return changes.filter((change) => !this.#ended.has(change));
  }

  settled(): Map<Change, Outcome> {
    return new Map(this.#changes.map((change) => [change, this.#ended.get(change) ?? 'done']));
  }

  end(change: Change, outcome: Outcome): void {
    if (outcome !== 'done') this.#ended.set(change, outcome);
  }

  async each(
    limit: number,
    changes: readonly Change[],
    write: (change: Change) => Promise<Outcome>,
  ): Promise<void> {
    await mapConcurrent(changes, limit, async (change) => {
      await this.attempt([change], async () => this.end(change, await write(change)));
    });
  }

  /** Runs one call on behalf of `changes`; what it throws is their failure. */
  async attempt(changes: readonly Change[], call: () => Promise<void>): Promise<void> {
    try {
      if (this.#outage) throw this.#outage;
      await call();
    } catch (error) {
      if (!isAppError(error)) throw error;
      if (error.retryable || error.code === 'UPSTREAM_TLS') this.#outage = error;
      for (const change of changes) this.end(change, error);
    }
  }
}

async function transact(
  applier: Applier,
  outcomes: Outcomes,
  changes: readonly Change[],
  toOperation: (change: Change, nodeName: string) => Operation,
  deadline: Deadline,
): Promise<void> {
  if (changes.length === 0) return;
  await outcomes.attempt(changes, async () => {
    const operations = changes.map((change) => toOperation(change, applier.nodeName));
    const failures = await applier.consul.transact(applier.place, operations, deadline);
    for (const [index, change] of changes.entries()) outcomes.end(change, outcomeOf(change, failures[index]));
  });
}

/** Pairs are finished a transaction at a time, so that a run which is cut short leaves few of them half done. */
function slices(changes: readonly Change[]): Change[][] {
  return Array.from({ length: Math.ceil(changes.length / operationsInCall) }, (_, index) =>
    changes.slice(index * operationsInCall, (index + 1) * operationsInCall),
  );
}

function upsertOperation(change: Change, nodeName: string): Operation {
  const service = change.service ?? { ID: change.name, Service: change.name };
  return { verb: 'cas', on: nodeName, service, index: change.pair.service?.ModifyIndex ?? 0 };
}

function deleteOperation(change: Change, nodeName: string): Operation {
  const { ID, Service, ModifyIndex } = change.pair.service ?? {
    ID: change.name,
    Service: change.name,
    ModifyIndex: 0,
  };
  return { verb: 'delete-cas', on: nodeName, service: { ID, Service }, index: ModifyIndex };
}

function outcomeOf(change: Change, failure: OperationFailure | undefined): Outcome {
  if (failure === undefined) return 'done';
  if (failure.reason === 'stale') return 'lost';
  const denied = failure.reason === 'denied';
  const hint = denied ? ` Allow service:write on ${change.name} in the policy of the token.` : '';
  return new AppError(
    denied ? 'UPSTREAM_AUTH' : 'UPSTREAM_REJECTED',
    `Consul refused to ${change.action} service ${change.name}: ${sentence(failure.message)}${hint}`,
  );
}

/** Marks the changes whose other half is not as it must be. */
async function findHalves(
  applier: Applier,
  outcomes: Outcomes,
  changes: readonly Change[],
  present: (applier: Applier, changes: readonly Change[], deadline: Deadline) => Promise<Set<string>>,
  isHalf: (present: boolean) => boolean,
  deadline: Deadline,
): Promise<void> {
  if (changes.length === 0) return;
  await outcomes.attempt(changes, async () => {
    const keys = await present(applier, changes, deadline);
    for (const change of changes) if (isHalf(keys.has(change.key))) outcomes.end(change, 'half');
  });
}

async function presentDefaults(
  applier: Applier,
  changes: readonly Change[],
  deadline: Deadline,
): Promise<Set<string>> {
  if (changes.length > listInstead) {
    return new Set(
      (await applier.consul.listServiceDefaults(applier.place, deadline)).map((entry) => nameKey(entry.Name)),
    );
  }
  const entries = await mapConcurrent(changes, applier.concurrency, ({ name }) =>
    applier.consul.serviceDefaults(applier.place, name, deadline),
  );
  return new Set(entries.flatMap((entry) => (entry === undefined ? [] : [nameKey(entry.Name)])));
}

async function presentServices(
  applier: Applier,
  changes: readonly Change[],
  deadline: Deadline,
): Promise<Set<string>> {
  const few = changes.length <= listInstead;
  const filter = changes.map(({ name }) => `ID == \`${name}\``).join(' or ');
  const { services } = await applier.consul.nodeServices(
    applier.place,
    applier.nodeName,
    deadline,
    few ? filter : undefined,
  );
  return new Set(services.map((service) => nameKey(service.ID)));
}
