import type { Deadline } from '../../core/deadline.ts';
import type { Change } from '../model/change.ts';
import { confirmFunctions, type FunctionReader } from '../read/read-functions.ts';
import { type Observer, observeSome } from '../read/observe.ts';
import { nameKey } from '../../lambda-service/place.ts';
import { functionOf, standingOf } from '../model/ownership.ts';
import type { PlanSettings, World } from '../plan/plan.ts';
import { wantedServices } from '../model/snapshot.ts';

/** What decisions rest on, and how more of it is seen. */
export interface View {
  world: World;
  settings: PlanSettings;
  reader: FunctionReader;
  observer: Observer;
  deadline: Deadline;
}

/** Reads the names of these changes and everything that they rest on once more. */
export async function lookAgain(view: View, changes: readonly Change[]): Promise<void> {
  const { world, settings } = view;
  const keys = new Set(changes.map((change) => change.key));
  const names = changes.map((change) => change.name);
  const seen = await observeSome(view.observer, names, [], view.deadline);
  world.observed.node = seen.node;
  world.observed.complete &&= seen.complete;
  const concerned = new Set(changes.flatMap((change) => [functionOf(change.arn), ...change.restsOn]));
  for (const key of keys) {
    const pair = seen.pairs.get(key);
    if (pair) world.observed.pairs.set(key, pair);
    else world.observed.pairs.delete(key);
    const standing = standingOf(pair ?? { namesakes: [] }, settings.scope);
    if (standing.kind === 'ours') for (const arn of standing.arns) concerned.add(functionOf(arn));
  }
  for (const [arn, state] of world.functions) {
    if (wantedServices(state, settings.datacenter).some((service) => keys.has(nameKey(service.name))))
      concerned.add(arn);
  }
  for (const arn of concerned) world.functions.delete(arn);
  await confirmFunctions(view.reader, [...concerned], world.functions, view.deadline);
}
