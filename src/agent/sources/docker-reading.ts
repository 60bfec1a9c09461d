import { checkPort } from '../../core/network/addresses.ts';
import { refused } from '../../core/checked.ts';
import type { Container } from '../../docker/api.ts';
import type { Problem, Reading, SeenInstance, Sighting } from '../model/sighting.ts';
import { fallbackHost } from './fallback-route.ts';
import { reachedAt } from './docker-address.ts';
import { type ContainerClaims, claimsOf, isOneOff } from './docker-claims.ts';
import type { DockerOptions } from './docker-options.ts';

/** What one container comes to. */
export interface SeenContainer {
  /** Undefined for a container that is of no service. */
  readonly service: string | undefined;
  readonly instance: SeenInstance | undefined;
  /** What is wrong with it, each to be read after its name. */
  readonly problems: readonly string[];
}

const nobody: SeenContainer = { service: undefined, instance: undefined, problems: [] };

/**
 * The instance that a container is: it runs, has a name that is looked for, asks for a route or may have the one of all, and
 * has an address. While its health check has not decided, it is not there yet; unhealthy and paused ones take no new
 * requests.
 * @param owner the container whose network it uses, mostly itself
 */
export function instanceOf(container: Container, owner: Container, options: DockerOptions): SeenContainer {
  if (!isThere(container) || isOneOff(container) || !isLookedFor(container, options)) return nobody;
  const claims = claimsOf(container, options);
  if (claims.problems.length > 0) return { ...nobody, problems: claims.problems };
  if (!hasRoute(claims, options)) return { ...nobody, problems: claims.isMeant ? [noRoute(options)] : [] };
  // Where every service has a route, what only runs here and listens to nothing is no service.
  if (!claims.isMeant && container.exposed.length === 0) return nobody;
  const { service, attributes, routes } = claims;
  const port = portOf(claims, container);
  const reached = reachedAt(owner, port.value, options);
  const problems = [...port.problems, ...(reached.ok ? [] : [reached.problem])];
  if (!reached.ok) return { service, instance: undefined, problems };
  const instance = {
    id: container.id,
    ...reached.value,
    weight: 1,
    state: stateOf(container),
    attributes,
    routes,
  };
  return { service, instance, problems };
}

function isThere({ status, health }: Container): boolean {
  return (status === 'running' || status === 'paused') && health !== 'starting';
}

function stateOf({ status, health }: Container): SeenInstance['state'] {
  return status === 'paused' || health === 'unhealthy' ? 'drain' : 'ready';
}

function isLookedFor({ name }: Container, { keyword }: DockerOptions): boolean {
  return name.toLowerCase().includes(keyword.toLowerCase());
}

function hasRoute({ attributes, routes }: ContainerClaims, { host }: DockerOptions): boolean {
  const asks = Boolean(attributes['route-host']) || Boolean(attributes['route-path']);
  return host !== '' || asks || routes.length > 0;
}

function noRoute({ labelPrefix }: DockerOptions): string {
  return `has no route: label it ${labelPrefix}.route-host or ${labelPrefix}.route-path`;
}

/** The port that it names, else the only one that it exposes. */
function portOf({ port = '' }: ContainerClaims, { exposed }: Container) {
  const only = exposed.length === 1 ? exposed[0] : undefined;
  if (port === '') return { value: only, problems: [] };
  // 0 is a port that no instance has, which costs it its place; anything else costs the key alone.
  if (/^0+$/.test(port) || (/^[0-9]{1,5}$/.test(port) && checkPort(Number(port)).ok)) {
    return { value: Number(port), problems: [] };
  }
  return { value: only, problems: [`port ${refused('a port from 1 to 65535', port).problem}`] };
}

/**
 * The services that run in Docker.
 * @param isEnding whether a container was told to end, or has ended, since it was looked at
 */
export function readingOf(
  containers: readonly Container[],
  options: DockerOptions,
  isEnding: (container: Container) => boolean,
): Reading {
  const all = new Map(containers.map((container) => [container.id, container]));
  const instances = new Map<string, SeenInstance[]>();
  const problems: Problem[] = [];
  for (const container of containers) {
    const seen = instanceOf(container, networkOwner(container, all), options);
    problems.push(...seen.problems.map((problem) => problemOf(container, seen.service, problem)));
    if (seen.service === undefined || seen.instance === undefined) continue;
    const instance = isEnding(container) ? { ...seen.instance, state: 'drain' as const } : seen.instance;
    const others = instances.get(seen.service);
    if (others === undefined) instances.set(seen.service, [instance]);
    else others.push(instance);
  }
  const sightings = new Map(
    [...instances].map(([service, found]) => [service, sightingOf(service, found, options)] as const),
  );
  return { sightings, unread: new Set(), isWhole: true, problems };
}

/** The container whose network another uses (`--network container:<id or name>`), mostly its own. */
function networkOwner(container: Container, all: ReadonlyMap<string, Container>): Container {
  const [, other] = /^container:(.+)$/.exec(container.networkMode) ?? [];
  if (other === undefined) return container;
  return all.get(other) ?? [...all.values()].find(({ name }) => name === other) ?? container;
}

function sightingOf(service: string, instances: readonly SeenInstance[], { host }: DockerOptions): Sighting {
  return {
    service,
    instances: [...instances].sort((left, right) => (left.id < right.id ? -1 : 1)),
    fallback: host === '' ? [] : [{ host: fallbackHost(host, service) }],
    isFunction: false,
  };
}

function problemOf({ id, name }: Container, service: string | undefined, problem: string): Problem {
  return { source: 'docker', service, instance: id, message: `container ${name} ${problem}` };
}
