import { type AppError, isAppError } from '../../core/errors.ts';
import { inPlace, type Place } from '../../lambda-service/place.ts';
import { nodeMetaKeys } from '../../lambda-service/service.ts';
import type { Change } from '../model/change.ts';
import { nodeKey, placeKey } from '../model/key.ts';
import type { WarningEntry } from '../model/report.ts';
import type { NodeView, Observed } from '../model/snapshot.ts';
import { isAbroad } from '../model/territory.ts';
import type { Run } from '../run.ts';
import { namesIn } from '../model/node-lists.ts';
import { type Proof, proveFederation } from './copies.ts';
import { relist } from './ledger.ts';
import { ensureNode, type NodeState } from './node.ts';

/** What is known of our nodes, by the datacenter and partition of their places. */
export type NodeStates = ReadonlyMap<string, NodeState>;

/**
 * Makes sure that our nodes are there, and remember where services of ours are about to be: home's node the datacenters,
 * that of a partition its namespaces. Nothing is done abroad that home's node would not remember, or before it is proved that
 * service-defaults are copied to there.
 * @param places where services are about to be registered
 * @param changes what is about to be registered
 * @param known what earlier calls gave
 */
export async function ensureNodes(
  run: Run,
  observed: Observed,
  { places, changes }: { places: readonly Place[]; changes: readonly Change[] },
  known: NodeStates,
): Promise<NodeStates> {
  const states = new Map(known);
  const isNew = (place: Place): boolean => {
    const state = known.get(nodeKey(place));
    return state === undefined || namespacesOf([place]).some((name) => !state.namespaces?.includes(name));
  };
  const local = places.filter((place) => isNew(place) && !isAbroad(run, place));
  const abroad = places.filter((place) => isNew(place) && isAbroad(run, place));
  const homeFirst = abroad.length > 0 && isNew(run.home) ? [run.home] : [];
  for (const [key, group] of byNode([...homeFirst, ...local]))
    states.set(key, await ensureProved(run, observed, group, changes, known.get(key)));
  if (abroad.length === 0) return states;
  const obstacle = states.get(nodeKey(run.home))?.problem ?? (await rememberAbroad(run, observed, abroad));
  for (const [key, group] of byNode(abroad)) {
    states.set(
      key,
      obstacle ? heldBy(obstacle, group) : await ensureProved(run, observed, group, changes, known.get(key)),
    );
  }
  return states;
}

/** Places by our nodes. */
function byNode(places: readonly Place[]): Map<string, Place[]> {
  const groups = new Map<string, Place[]>();
  for (const place of places) groups.set(nodeKey(place), [...(groups.get(nodeKey(place)) ?? []), place]);
  return groups;
}

/** One node, where service-defaults can be read that are written. */
async function ensureProved(
  run: Run,
  observed: Observed,
  places: readonly Place[],
  changes: readonly Change[],
  before: NodeState | undefined,
): Promise<NodeState> {
  const [place = run.home] = places;
  const there = changes.filter((change) => nodeKey(change.place) === nodeKey(place));
  const { problem, witness } = run.dryRun ? {} : await proved(run, there);
  if (problem) return { problem };
  return { ...(await ensureOne(run, observed, places, before)), ...(witness && { witness }) };
}

async function proved(run: Run, changes: readonly Change[]): Promise<Proof> {
  try {
    return await proveFederation(run, changes);
  } catch (error) {
    if (isAppError(error)) return { problem: error };
    throw error;
  }
}

/** One node with the namespaces that it is to carry; one that was seen to before is to remember further ones. */
async function ensureOne(
  run: Run,
  observed: Observed,
  places: readonly Place[],
  before: NodeState | undefined,
): Promise<NodeState> {
  const [place = run.home] = places;
  const state = before ?? (await ensureNode(run, place, viewOf(observed, places)));
  const names = namespacesOf(places);
  if (state.problem || names.length === 0) return state;
  const error = await remember(run, observed, places, nodeMetaKeys.namespaces, names);
  const namespaces = [...(state.namespaces ?? []), ...names];
  return { ...state, namespaces, ...(error && { warning: unremembered(place, names, error) }) };
}

/** Namespaces that are to be remembered: `default` is always looked at. */
function namespacesOf(places: readonly Place[]): string[] {
  return places.flatMap(({ namespace }) =>
    namespace === undefined || namespace === 'default' ? [] : namespace,
  );
}

/** Lets home's node remember datacenters before anything is written there. */
async function rememberAbroad(
  run: Run,
  observed: Observed,
  abroad: readonly Place[],
): Promise<AppError | undefined> {
  const names = [...new Set(abroad.flatMap(({ datacenter }) => datacenter ?? []))];
  return remember(run, observed, [run.home], nodeMetaKeys.datacenters, names);
}

async function remember(
  run: Run,
  observed: Observed,
  places: readonly Place[],
  list: string,
  names: readonly string[],
): Promise<AppError | undefined> {
  const listed = namesIn(viewOf(observed, places)?.node, list);
  const [place] = places;
  if (place === undefined || run.dryRun || names.every((name) => listed.includes(name))) return undefined;
  return relist(run, place, list, { add: names });
}

/** Without the right to write the node it is said once; whatever else keeps it from remembering is each change's failure. */
function heldBy(obstacle: AppError, places: readonly Place[]): NodeState {
  if (!isAppError(obstacle, 'UPSTREAM_AUTH')) return { problem: obstacle };
  const [place = {}] = places;
  const { datacenter = '', ...home } = place;
  return { isHeld: true, warning: unremembered(home, [datacenter], obstacle) };
}

function viewOf({ nodes }: Observed, places: readonly Place[]): NodeView | undefined {
  return places.map((place) => nodes.get(placeKey(place))).find((view) => view !== undefined);
}

function unremembered(place: Place, names: readonly string[], error: AppError): WarningEntry {
  return {
    service: '',
    arn: '',
    tag: '',
    message: `Our node cannot remember that services are put into ${names.join(', ')}${inPlace(place)}: ${error.message}`,
    hint: 'Allow node:write on the node of NODE_NAME, as in the ACL policy of the documentation.',
  };
}
