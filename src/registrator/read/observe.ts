import { mapConcurrent } from '../../core/concurrency.ts';
import type { Deadline } from '../../core/deadline.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import type { Consul } from '../../consul/client.ts';
import type { CatalogNode, NodeServices, ServiceDefaults, ServiceInstance } from '../../consul/api.ts';
import { metaKeys } from '../../lambda-service/service.ts';
import { nameKey, type Place } from '../../lambda-service/place.ts';
import { inScope, type Scope } from '../model/ownership.ts';
import { type Elsewhere, type Observed, pairsOf } from '../model/snapshot.ts';

/** From so many names on, one list costs less than an answer for each. */
const listInstead = 16;
const readsInFlight = 8;

/** The check that a Consul agent's node carries (https://developer.hashicorp.com/consul/docs/concept/gossip). */
const agentCheck = 'serfHealth';

export interface Observer {
  consul: Consul;
  place: Place;
  nodeName: string;
  scope: Scope;
  /** Whether all names are looked at: then one list of them costs less than an answer for each. */
  wide: boolean;
}

/** Everything on our node and every service-defaults entry: two reads, whatever their number. */
export async function observeAll(observer: Observer, deadline: Deadline): Promise<Observed> {
  const { consul, place, nodeName } = observer;
  const [answer, defaults] = await Promise.all([
    consul.nodeServices(place, nodeName, deadline),
    consul.listServiceDefaults(place, deadline),
  ]);
  return judge(observer, answer, defaults, deadline);
}

/**
 * What concerns a few functions: the services that name their ARNs or carry `names`, and the service-defaults of both,
 * picked by the server so that the cost does not grow with the number of registered services.
 */
export async function observeSome(
  observer: Observer,
  names: readonly string[],
  functionArns: readonly string[],
  deadline: Deadline,
): Promise<Observed> {
  const { consul, place, nodeName } = observer;
  if (names.length + functionArns.length > listInstead) return observeAll(observer, deadline);
  const answer = await consul.nodeServices(place, nodeName, deadline, concerning(names, functionArns));
  const wanted = new Set([...names, ...answer.services.map((service) => service.Service)].map(nameKey));
  const defaults = await mapConcurrent([...wanted], readsInFlight, (name) =>
    visibleDefaults(observer, name, deadline),
  );
  return judge(
    observer,
    answer,
    defaults.filter((entry) => entry !== undefined),
    deadline,
  );
}

/** An entry that the token may not read is left out here as it is from the list of all. */
async function visibleDefaults(
  { consul, place }: Observer,
  name: string,
  deadline: Deadline,
): Promise<ServiceDefaults | undefined> {
  try {
    return await consul.serviceDefaults(place, name, deadline);
  } catch (error) {
    if (isAppError(error, 'UPSTREAM_AUTH')) return undefined;
    throw error;
  }
}

/**
 * Where `names` live beside our node, by {@link nameKey}. Service-defaults of ours under a name that is in use elsewhere
 * would capture its traffic, unless every instance there is ours as well. Instances that are hidden from the token count
 * as foreign.
 */
export async function observeElsewhere(
  observer: Observer,
  names: readonly string[],
  deadline: Deadline,
): Promise<Map<string, Elsewhere>> {
  const { consul, place } = observer;
  const list = observer.wide ? await consul.serviceNames(place, deadline) : undefined;
  const listed = new Set([...(list?.names.keys() ?? [])].map(nameKey));
  const found = await mapConcurrent(names, readsInFlight, async (name): Promise<[string, Elsewhere]> => {
    const key = nameKey(name);
    if (list && !list.filtered && !listed.has(key)) return [key, 'free'];
    const { instances, filtered } = await consul.serviceInstances(place, name, deadline);
    const hidden = filtered || (instances.length === 0 && listed.has(key));
    return [key, hidden ? 'foreign' : whoseAreOthers(observer, instances)];
  });
  return new Map(found);
}

/** Whether instances on other nodes carry our mark on an ARN of ours. */
function whoseAreOthers({ nodeName, scope }: Observer, instances: readonly ServiceInstance[]): Elsewhere {
  const others = instances.filter((instance) => nameKey(instance.Node) !== nameKey(nodeName));
  if (others.length === 0) return 'free';
  const areOurs = others.every(({ ServiceMeta }) => {
    const arn = ServiceMeta[metaKeys.arn];
    return ServiceMeta[metaKeys.owner] === scope.ownerId && arn !== undefined && inScope(arn, scope);
  });
  return areOurs ? 'ours' : 'foreign';
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

async function judge(
  observer: Observer,
  answer: NodeServices,
  defaults: ServiceDefaults[],
  deadline: Deadline,
): Promise<Observed> {
  await assertMadeUpNode(observer, answer.node, deadline);
  return {
    node: answer.node,
    complete: seesNode(observer, answer, defaults),
    pairs: pairsOf(answer.services, defaults),
    elsewhere: new Map(),
  };
}

/**
 * Whether the node was seen, or its absence may be believed. A node that the token may not read is answered like one
 * that does not exist (https://developer.hashicorp.com/consul/api-docs/features/filtering).
 * @throws AppError UPSTREAM_AUTH when Consul says that it hides something
 */
function seesNode(observer: Observer, answer: NodeServices, defaults: readonly ServiceDefaults[]): boolean {
  if (answer.node !== undefined || answer.defaultPolicy === 'allow') return true;
  if (answer.filtered) {
    const rule = `node "${observer.nodeName}" { policy = "write" }`;
    throw new AppError(
      'UPSTREAM_AUTH',
      `The Consul token may not read node ${observer.nodeName}: it needs node:read. Add ${rule} to its policy. Nothing was changed.`,
    );
  }
  return !defaults.some((entry) => entry.Meta?.[metaKeys.owner] === observer.scope.ownerId);
}

/**
 * Makes sure that a node is not a real agent's, whose services we must not mix with ours.
 * @throws AppError CONFIG_INVALID naming NODE_NAME
 */
async function assertMadeUpNode(
  { consul, place }: Observer,
  node: CatalogNode | undefined,
  deadline: Deadline,
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
