import { ownMember } from '../../core/objects.ts';
import type { Container } from '../../docker/api.ts';
import type { RouteClaim } from '../model/sighting.ts';
import type { DockerOptions } from './docker-options.ts';

/** What a container says of itself: of which service it is, and where that wants to be reached. */
export interface ContainerClaims {
  readonly service: string;
  /** As it was written. */
  readonly port: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  readonly routes: readonly RouteClaim[];
  /** Whether it was written for a load balancer, rather than only running here. */
  readonly isMeant: boolean;
  /** Why nothing can be made of it. */
  readonly problems: readonly string[];
}

/** Compose's names of things (https://github.com/compose-spec/compose-go, consts). */
const composeService = 'com.docker.compose.service';
const composeOneOff = 'com.docker.compose.oneoff';

/** Reads the labels of a container, or where it has none of ours, the variables that Cosmonaut reads. */
export function claimsOf(container: Container, { labelPrefix, env }: DockerOptions): ContainerClaims {
  const { service, port, ...attributes } = labelsOf(container, `${labelPrefix}.`);
  const isMeant = service !== undefined || port !== undefined || Object.keys(attributes).length > 0;
  const predicate = container.env.get('PREDICATE') ?? '';
  if (!isMeant && env && predicate !== '') return claimsOfVariables(container.env, predicate);
  return {
    service: service || ownMember(container.labels, composeService) || container.name,
    port,
    attributes,
    routes: [],
    isMeant,
    problems: [],
  };
}

/** Whether Compose made the container for one command (`docker compose run`), with all labels of the service. */
export function isOneOff({ labels }: Container): boolean {
  return ownMember(labels, composeOneOff)?.toLowerCase() === 'true';
}

function labelsOf({ labels }: Container, prefix: string): Record<string, string> {
  const ours = Object.entries(labels).filter(([label]) => label.startsWith(prefix));
  return Object.fromEntries(ours.map(([label, value]) => [label.slice(prefix.length), value]));
}

/**
 * Cosmonaut's variables: CONFIG_MODE, `host` by default, says what PREDICATE is. It has to come with SERVICE_NAME; PORT and
 * COOKIE may be missing.
 */
function claimsOfVariables(env: ReadonlyMap<string, string>, predicate: string): ContainerClaims {
  const service = env.get('SERVICE_NAME') ?? '';
  const cookie = env.get('COOKIE') ?? '';
  const mode = env.get('CONFIG_MODE') || 'host';
  const route = routeOf(mode.toLowerCase(), predicate);
  const problems = [
    ...(service === '' ? ['has PREDICATE without SERVICE_NAME, so it is left out'] : []),
    ...(route === undefined ? [`CONFIG_MODE must be host or path, not ${JSON.stringify(mode)}`] : []),
  ];
  return {
    service,
    port: env.get('PORT'),
    attributes: cookie === '' ? {} : { cookie },
    routes: route === undefined ? [] : [route],
    isMeant: true,
    problems,
  };
}

/** Reporters wrote hosts with a port, which does not count, and paths without the slash in front. */
function routeOf(mode: string, predicate: string): RouteClaim | undefined {
  if (mode === 'path') return { path: predicate.startsWith('/') ? predicate : `/${predicate}` };
  if (mode === 'host') return { host: predicate.replace(/^(\[[^\]]*\]|[^:]*):[0-9]{1,5}$/, '$1') };
  return undefined;
}
