import { sorted } from '../../haproxy/sections/section.ts';
import { type AgentBackend, type SourceName, sourceNames } from './agent-model.ts';
import { uniteFunction } from './functions.ts';
import type { Read } from './keys.ts';
import type { Part } from './servers.ts';
import { type ServiceRules, type UnitedService, uniteService } from './service.ts';
import type { Problem, Sighting } from './sighting.ts';

/** What a source is believed to have. */
export interface SourceSightings {
  readonly source: SourceName;
  readonly sightings: Iterable<Sighting>;
}

/** What the configuration says of services and functions. */
export interface UniteRules extends ServiceRules {
  /** Whether HAProxy can tell requests over TLS from those in the clear. */
  readonly knowsTls: boolean;
}

/** The backend of functions, and what is wrong with it. */
export type Functions = Read<AgentBackend>;

/** What is known by one name. */
export interface United {
  readonly parts: readonly Part[];
  /** Undefined where it asks for no route, or cannot be served. */
  readonly service: UnitedService | undefined;
  readonly problems: readonly Problem[];
}

/**
 * Makes one service of what all sources tell of a name; all of them by name. What the last views had with the same
 * sightings, as objects, is the same object again.
 * @param functions undefined: they are left out
 */
export function createUniter(
  rules: UniteRules,
  functions: Functions | undefined,
): (views: readonly SourceSightings[]) => United[] {
  let known: ReadonlyMap<string, United> = new Map();
  return (views) => {
    const united = sorted([...partsByName(views)], ([name]) => name).map(([name, parts]) => {
      const before = known.get(name);
      const isSame = before !== undefined && sameParts(before.parts, parts);
      return [name, isSame ? before : unite(name, parts, rules, functions)] as const;
    });
    known = new Map(united);
    return united.map(([, one]) => one);
  };
}

/** The parts of each service, in the order of precedence. */
function partsByName(views: readonly SourceSightings[]): Map<string, Part[]> {
  const parts = new Map<string, Part[]>();
  const ordered = sourceNames.flatMap((name) => views.filter(({ source }) => source === name));
  for (const { source, sightings } of ordered) {
    for (const sighting of sightings) {
      const others = parts.get(sighting.service);
      if (others === undefined) parts.set(sighting.service, [{ source, sighting }]);
      else others.push({ source, sighting });
    }
  }
  return parts;
}

function sameParts(left: readonly Part[], right: readonly Part[]): boolean {
  return (
    left.length === right.length &&
    left.every(({ source, sighting }, at) => source === right[at]?.source && sighting === right[at].sighting)
  );
}

// eslint-disable-next-line no-control-regex -- control characters are what is refused
const controlCharacter = /[\u0000-\u001f\u007f]/;

function unite(
  name: string,
  parts: readonly Part[],
  rules: UniteRules,
  functions: Functions | undefined,
): United {
  const isFunction = parts[0]?.sighting.isFunction === true;
  const isAlike = ({ sighting }: Part): boolean => sighting.isFunction === isFunction;
  const alike = parts.filter(isAlike).map(inOrder);
  const left = (problems: readonly Problem[]): United => ({ parts, service: undefined, problems });
  if (controlCharacter.test(name)) return left(parts.map(({ source }) => unnameable(name, source)));
  const problems = parts.filter((part) => !isAlike(part)).map(({ source }) => otherKind(name, source));
  if (isFunction && functions === undefined)
    return left([...problems, ...alike.map(({ source }) => withoutProxy(source))]);
  const service = withoutUnknownTls(
    isFunction && functions ? uniteFunction(name, alike, functions) : uniteService(name, alike, rules),
    rules,
  );
  return {
    parts,
    service: service.claims.length > 0 ? service : undefined,
    problems: [...problems, ...service.problems],
  };
}

/** With the instances by id. */
function inOrder({ source, sighting }: Part): Part {
  const instances = sorted(
    sighting.instances,
    ({ id, address, port }) => `${id}\0${address}\0${String(port)}`,
  );
  return { source, sighting: { ...sighting, instances } };
}

/** A redirection to where nobody listens helps nobody. */
function withoutUnknownTls(service: UnitedService, { knowsTls }: UniteRules): UnitedService {
  const { name, claims, claimedBy, problems } = service;
  if (knowsTls || !claims.some(({ route }) => route.tls)) return service;
  const message = 'route-tls means nothing, since HAProxy has neither tls nor trusted_proxies';
  return {
    ...service,
    claims: claims.map((claim) => ({ ...claim, route: { ...claim.route, tls: false } })),
    problems: [...problems, { source: claimedBy ?? '', service: name, instance: undefined, message }],
  };
}

function unnameable(service: string, source: SourceName): Problem {
  const message = 'A name must not hold control characters, so the service is left out';
  return { source, service, instance: undefined, message };
}

function otherKind(service: string, source: SourceName): Problem {
  const message =
    'One source has a function of this name and another a service with servers, so it is left out here';
  return { source, service, instance: undefined, message };
}

function withoutProxy(source: SourceName): Problem {
  const message =
    'Lambda functions are left out, since lambda.proxy does not say where the proxy for them is';
  return { source, service: undefined, instance: undefined, message };
}
