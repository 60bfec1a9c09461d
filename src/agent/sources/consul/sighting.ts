import type { InstanceHealth } from '../../../consul/api.ts';
import { ownMember } from '../../../core/objects.ts';
import { askedRoute } from '../../../lambda-service/asked-route.ts';
import { readRegisteredService } from '../../../lambda-service/registered-service.ts';
import { managedTag, metaKeys } from '../../../lambda-service/service.ts';
import type { RouteClaim, SeenInstance, Sighting } from '../../model/sighting.ts';
import { fallbackRoutes } from '../fallback-route.ts';
import { attributesOf, prefixRoutes } from './tags.ts';

/** How instances become what they are in the agent. */
export interface SightingRules {
  /** What becomes of instances whose worst check is `warning`. */
  readonly warning: 'keep' | 'drain';
  /** `{service}.example.com`, the route of services that have none; empty: they have none. */
  readonly host: string;
  /** The same of functions. */
  readonly functionHost: string;
}

/** A problem of a service, or of one instance of it. */
interface Complaint {
  readonly instance: string | undefined;
  readonly message: string;
}

/** What the instances of a service come to. */
export interface Seen {
  /** Absent where nothing of it is a service. */
  readonly sighting: Sighting | undefined;
  readonly complaints: readonly Complaint[];
}

/** One instance, and what it asks for. */
interface Read {
  readonly instance: SeenInstance | undefined;
  /** Whether it names routes otherwise than as attributes, be they good or bad. */
  readonly asks: boolean;
  readonly problems: readonly string[];
}

/**
 * What the instances of a service are, whatever their health: sidecars and gateways are none. Functions have no address
 * of their own, so that instances with one are the service where both are found.
 * @param service its name in lower case
 */
export function readSighting(
  service: string,
  instances: readonly InstanceHealth[],
  rules: SightingRules,
): Seen {
  const found = instances.filter(({ Service: { Kind } }) => !isProxy(Kind)).toSorted(byId);
  const servers = found.filter((instance) => !isFunction(instance));
  const kept = servers.length > 0 ? servers : found;
  const beside = found.filter((instance) => !kept.includes(instance));
  const complaints = beside.map((instance) => ({ instance: idOf(instance), message: functionBeside }));
  if (kept.length === 0) return { sighting: undefined, complaints };
  const readOne = servers.length > 0 ? (one: InstanceHealth) => readServer(one, rules) : readFunction;
  const read = kept.map((one) => ({ id: idOf(one), ...readOne(one) }));
  const host = servers.length > 0 ? rules.host : rules.functionHost;
  return {
    sighting: {
      service,
      instances: read.flatMap(({ instance }) => instance ?? []),
      fallback: read.some(({ asks }) => asks) ? [] : fallbackRoutes(host, service),
      isFunction: servers.length === 0,
    },
    complaints: [
      ...complaints,
      ...read.flatMap(({ id, problems }) => problems.map((message) => ({ instance: id, message }))),
    ],
  };
}

const functionBeside =
  'A Lambda function has the name of a service with instances of its own, and is left out.';

/** https://developer.hashicorp.com/consul/api-docs/agent/service#kind */
function isProxy(kind: string): boolean {
  return kind === 'connect-proxy' || kind.endsWith('-gateway');
}

function isFunction({ Service: { Tags } }: InstanceHealth): boolean {
  return Tags.includes(managedTag);
}

function readServer(one: InstanceHealth, { warning }: SightingRules): Read {
  const { Node, Service, Checks } = one;
  const { Tags, Meta, Port, Weights } = Service;
  const health = worst(Checks);
  const isReady = health === 'passing' || (health === 'warning' && warning === 'keep');
  const { routes, problems } = prefixRoutes(Tags);
  const instance: SeenInstance = {
    id: idOf(one),
    address: Service.Address === '' ? Node.Address : Service.Address,
    port: Port === 0 ? undefined : Port,
    weight: health === 'warning' ? Weights.Warning : Weights.Passing,
    state: isReady ? 'ready' : 'drain',
    attributes: attributesOf(Meta, Tags),
    routes,
  };
  return { instance, asks: routes.length + problems.length > 0, problems };
}

/** Maintenance of a node or a service is a critical check; what is no status at all is not healthy. */
function worst(checks: InstanceHealth['Checks']): 'passing' | 'warning' | 'critical' {
  if (checks.every(({ Status }) => Status === 'passing')) return 'passing';
  return checks.every(({ Status }) => Status === 'passing' || Status === 'warning') ? 'warning' : 'critical';
}

/** A function: the proxy knows its health and address, and gets its requests as they came. */
function readFunction(one: InstanceHealth): Read {
  const { Service: name, Tags: tags, Meta: meta, Address: address, Port } = one.Service;
  const registered = readRegisteredService({ name, tags, meta });
  if (registered?.ok === false) return { instance: undefined, asks: true, problems: [registered.problem] };
  const route = askedRoute(functionRoute(meta));
  const routes: RouteClaim[] = route?.ok ? [{ ...route.value, strip: false }] : [];
  const port = Port === 0 ? undefined : Port;
  return {
    instance: { id: idOf(one), address, port, weight: 1, state: 'ready', attributes: {}, routes },
    asks: route !== undefined,
    problems: route?.ok === false ? [route.problem] : [],
  };
}

/** The Go registrator writes no Meta, and what it made is a function none the less. */
function functionRoute(meta: Readonly<Record<string, string>>) {
  const [routeHost, routePath] = [ownMember(meta, metaKeys.routeHost), ownMember(meta, metaKeys.routePath)];
  return { ...(routeHost !== undefined && { routeHost }), ...(routePath !== undefined && { routePath }) };
}

/** Node and service ID together: one ID may stand on two nodes. A slash of the node's name is not the one between them. */
function idOf({ Node: { Node: node }, Service: { ID } }: InstanceHealth): string {
  return `${node.replaceAll(/[%/]/g, encodeURIComponent)}/${ID}`;
}

function byId(left: InstanceHealth, right: InstanceHealth): number {
  const [one, other] = [idOf(left), idOf(right)];
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
