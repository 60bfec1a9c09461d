import type { Operation, OperationFailure } from '../../consul/api.ts';
import { AppError } from '../../core/errors.ts';
import { sentence } from '../../core/wording.ts';
import { byPlace, type Change } from '../model/change.ts';
import type { Run } from '../run.ts';
import type { Outcome, Outcomes } from './outcomes.ts';

/** What a change asks of the service on our node. */
type ToOperation = (change: Change, nodeName: string) => Operation;

/** Creates or updates the service, check-and-set on what was observed. */
export const upsert: ToOperation = ({ service: name, writes, pair }, nodeName) => {
  const service = writes.service ?? { ID: name, Service: name };
  return { verb: 'cas', on: nodeName, service, index: pair.service?.ModifyIndex ?? 0 };
};

/** Deletes the service, check-and-set on what was observed. */
export const remove: ToOperation = ({ service: name, pair }, nodeName) => {
  const { ID, Service, ModifyIndex } = pair.service ?? { ID: name, Service: name, ModifyIndex: 0 };
  return { verb: 'delete-cas', on: nodeName, service: { ID, Service }, index: ModifyIndex };
};

/** Puts a deleted service back as it was observed, unless somebody has registered it since. */
export const restore: ToOperation = ({ service: name, pair }, nodeName) => {
  const {
    ModifyIndex: _modified,
    CreateIndex: _created,
    ...service
  } = pair.service ?? {
    ID: name,
    Service: name,
    ModifyIndex: 0,
  };
  return { verb: 'cas', on: nodeName, service, index: 0 };
};

/** Runs the operations of changes, those of one place together; what goes wrong is the outcome of its change. */
export async function transact(
  run: Run,
  outcomes: Outcomes,
  changes: readonly Change[],
  toOperation: ToOperation,
): Promise<void> {
  const { consul, config, deadline } = run;
  for (const { place, changes: some } of byPlace(changes)) {
    await outcomes.attempt(some, async () => {
      const operations = some.map((change) => toOperation(change, config.nodeName));
      const failures = await consul.transact(place, operations, deadline);
      for (const [index, change] of some.entries()) outcomes.end(change, outcomeOf(change, failures[index]));
    });
  }
}

/** Removes what previous owners keep of these names on other nodes. */
export async function removeFormer(run: Run, outcomes: Outcomes, changes: readonly Change[]): Promise<void> {
  const most = Math.max(0, ...changes.map(({ pair }) => pair.former?.length ?? 0));
  for (let at = 0; at < most; at += 1) {
    const some = outcomes.open(changes).filter(({ pair }) => pair.former?.[at] !== undefined);
    await transact(run, outcomes, some, ({ pair }, nodeName) => {
      const { node, service } = pair.former?.[at] ?? { node: nodeName, service: pair.service };
      const { ID = '', Service = '', ModifyIndex = 0 } = service ?? {};
      return { verb: 'delete-cas', on: node, service: { ID, Service }, index: ModifyIndex };
    });
  }
}

function outcomeOf(change: Change, failure: OperationFailure | undefined): Outcome {
  if (failure === undefined) return 'done';
  if (failure.reason === 'stale') return 'lost';
  const isDenied = failure.reason === 'denied';
  const hint = isDenied ? ` Allow service:write on ${change.service} in the policy of the token.` : '';
  return new AppError(
    isDenied ? 'UPSTREAM_AUTH' : 'UPSTREAM_REJECTED',
    `Consul refused to ${change.action} service ${change.service}: ${sentence(failure.message)}${hint}`,
  );
}
