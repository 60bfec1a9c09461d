import type { CatalogNode, NodeServices, ServiceDefaults } from '../../consul/api.ts';
import { mapConcurrent } from '../../core/concurrency.ts';
import type { Deadline } from '../../core/deadline.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import { inPlace, nameKey, type Place } from '../../lambda-service/place.ts';
import { metaKeys } from '../../lambda-service/service.ts';
import { placeKey } from '../model/key.ts';
import { type Observed, pairsOf } from '../model/snapshot.ts';
import { isAbroad } from '../model/territory.ts';
import { entriesPlace } from '../primary.ts';
import type { Run } from '../run.ts';

/** From so many names on, one list costs less than an answer for each. */
export const listInstead = 16;
const readsInFlight = 8;

/** The check that a Consul agent's node carries (https://developer.hashicorp.com/consul/docs/concept/gossip). */
const agentCheck = 'serfHealth';

/**
 * Everything on our node at a place, and every service-defaults entry: two reads, whatever their number. Abroad one: the
 * entries there are a copy of those at home.
 * @throws AppError CONFIG_INVALID when NODE_NAME is a real agent's, UPSTREAM_AUTH when the token may not see our node,
 *   or what keeps Consul from being read
 */
export async function observeAll(run: Run, place: Place): Promise<Observed> {
  const { consul, config, deadline } = run;
  const [answer, defaults] = await Promise.all([
    consul.nodeServices(place, config.nodeName, deadline),
    isAbroad(run, place) ? [] : consul.listServiceDefaults(entriesPlace(run, place), deadline),
  ]);
  return observed(run, place, answer, defaults);
}

/**
 * What concerns a few functions at a place: the services that name their ARNs or carry `names`, and the service-defaults
 * of both, picked by the server so that the cost does not grow with the number of registered services.
 * @throws AppError as {@link observeAll}
 */
export async function observeNames(
  run: Run,
  place: Place,
  names: readonly string[],
  functionArns: readonly string[],
): Promise<Observed> {
  const { consul, config, deadline } = run;
  if (names.length + functionArns.length > listInstead) return observeAll(run, place);
  const defaultsOf = (wanted: readonly string[]): Promise<(ServiceDefaults | undefined)[]> =>
    mapConcurrent(wanted, readsInFlight, (name) => visibleDefaults(run, place, name));
  const [answer, named] = await Promise.all([
    consul.nodeServices(place, config.nodeName, deadline, concerning(names, functionArns)),
    isAbroad(run, place) ? [] : defaultsOf(names),
  ]);
  if (isAbroad(run, place)) return observed(run, place, answer, []);
  const known = new Set(names.map(nameKey));
  const further = answer.services.map(({ Service }) => Service).filter((name) => !known.has(nameKey(name)));
  const defaults = [...named, ...(await defaultsOf([...new Set(further)]))];
  return observed(
    run,
    place,
    answer,
    defaults.filter((entry) => entry !== undefined),
  );
}

/** An entry that the token may not read is left out here as it is from the list of all. */
async function visibleDefaults(run: Run, place: Place, name: string): Promise<ServiceDefaults | undefined> {
  try {
    return await run.consul.serviceDefaults(entriesPlace(run, place), name, run.deadline);
  } catch (error) {
    if (isAppError(error, 'UPSTREAM_AUTH')) return undefined;
    throw error;
  }
}

/** Service on our node by name or ARN; case is folded as Consul's indexes do. */
function concerning(names: readonly string[], functionArns: readonly string[]): string {
  const anyOf = (texts: readonly string[]): string =>
    `(${texts.map((text) => text.replaceAll('.', '[.]')).join('|')})`;
  const clauses = [
    ...(names.length === 0
      ? []
      : [`ID matches \`(?i)^${anyOf(names)}$\``, `Service matches \`(?i)^${anyOf(names)}$\``]),
    ...(functionArns.length === 0
      ? []
      : [`Meta["${metaKeys.arn}"] matches \`^${anyOf(functionArns)}(:|$)\``]),
  ];
  return clauses.join(' or ');
}

async function observed(
  run: Run,
  place: Place,
  answer: NodeServices,
  defaults: ServiceDefaults[],
): Promise<Observed> {
  await assertMadeUpNode(run, place, answer.node);
  const view = { node: answer.node, isWhole: seesNode(run, place, answer, defaults) };
  return {
    nodes: new Map([[placeKey(place), view]]),
    closed: new Map(),
    pairs: pairsOf(place, answer.services, isAbroad(run, place) ? [] : defaults),
    others: new Map(),
    silent: new Set(),
    gateways: new Map(),
  };
}

/**
 * Whether the node was seen, or its absence may be believed. A node that the token may not read is answered like one
 * that does not exist (https://developer.hashicorp.com/consul/api-docs/features/filtering); anonymous callers are not
 * even told that something is hidden, and servers before 1.11 tell nobody.
 * @throws AppError UPSTREAM_AUTH when Consul says that it hides something
 */
function seesNode(
  run: Run,
  place: Place,
  answer: NodeServices,
  defaults: readonly ServiceDefaults[],
): boolean {
  const { config, scope } = run;
  if (answer.node !== undefined || answer.defaultPolicy === 'allow') return true;
  if (answer.filtered) {
    const rule = `node "${config.nodeName}" { policy = "write" }`;
    throw new AppError(
      'UPSTREAM_AUTH',
      `The Consul token may not read node ${config.nodeName}${inPlace(place)}: it needs node:read. Add ${rule} to its policy. Nothing was changed.`,
    );
  }
  if (answer.defaultPolicy === 'deny' && answer.anonymous) return false;
  if (isAbroad(run, place)) return true;
  return !defaults.some((entry) => entry.Meta?.[metaKeys.owner] === scope.ownerId);
}

/**
 * Makes sure that a node is not a real agent's, whose services we must not mix with ours.
 * @throws AppError CONFIG_INVALID naming NODE_NAME
 */
export async function assertMadeUpNode(
  { consul, deadline }: { consul: Pick<Run['consul'], 'nodeHasCheck'>; deadline: Deadline },
  place: Place,
  node: CatalogNode | undefined,
): Promise<void> {
  if (node === undefined) return;
  const external = node.Meta?.['external-node'] === 'true';
  const hasId = node.ID !== undefined && node.ID !== '';
  if (!hasId && external) return;
  if ((hasId && !external) || (await consul.nodeHasCheck(place, node.Node, agentCheck, deadline))) {
    throw new AppError(
      'CONFIG_INVALID',
      `NODE_NAME is ${node.Node}, which is the node of a Consul agent. Choose a name that no agent has, as lambdas. Nothing was changed.`,
    );
  }
}
