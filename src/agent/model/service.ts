import { ownMember } from '../../core/objects.ts';
import { rememberingBy } from '../../core/remember.ts';
import type { Route } from '../../haproxy/model.ts';
import { fileName } from '../../haproxy/names.ts';
import { backendName as routeKey } from '../../haproxy/routes.ts';
import { sorted } from '../../haproxy/sections/section.ts';
import type { AgentBackend, AgentRoute, SourceName } from './agent-model.ts';
import { askedRoutes, type Claimed } from './claims.ts';
import { type Attributes, saidOptions, textOf } from './keys.ts';
import { optionKeys } from './option-texts.ts';
import type { SaidOptions, ServiceOptions } from './options.ts';
import { type Part, serversOf } from './servers.ts';
import type { Problem } from './sighting.ts';

/** A route that a service asks for. */
export interface Claim {
  /** The same for routes that are one. */
  readonly key: string;
  /** How much of another's requests it wants, in percent, where another has the route. */
  readonly percent: number | undefined;
  /** As the service has it, where it shares it with nobody. */
  readonly route: AgentRoute;
}

/** A service as all sources tell of it together. */
export interface UnitedService {
  readonly name: string;
  readonly sources: readonly SourceName[];
  /** Where its own requests go. */
  readonly backend: AgentBackend;
  /** What it asks for, by host and path. */
  readonly claims: readonly Claim[];
  /** The source that asks. */
  readonly claimedBy: SourceName | undefined;
  readonly problems: readonly Problem[];
}

/** What the configuration says of services. */
export interface ServiceRules {
  readonly defaults: ServiceOptions;
  /** By service, over what sources say. */
  readonly overrides: Readonly<Record<string, SaidOptions>>;
  /** Whether an address is one where HAProxy itself listens. */
  readonly isOwn: (address: string, port: number) => boolean;
}

/** @param parts in the order of precedence, one at least */
export function uniteService(
  name: string,
  parts: readonly Part[],
  { defaults, overrides, isOwn }: ServiceRules,
): UnitedService {
  const over: SaidOptions = Object.hasOwn(overrides, name) ? (overrides[name] ?? {}) : {};
  const claims = claimRoutes(name, parts);
  const said = optionsOf(name, parts);
  const scheme = said.value.scheme ?? claims.routes.find((route) => route.scheme !== undefined)?.scheme;
  const options = withOneCookie({ ...defaults, ...said.value, ...(scheme && { scheme }), ...over }, over);
  const servers = serversOf(name, parts, { options, weight: over.weight, isOwn });
  const fits = ({ scheme }: Claimed): boolean => scheme === undefined || scheme === options.scheme;
  const otherwise = claims.routes.filter((route) => !fits(route));
  return {
    name,
    sources: parts.map(({ source }) => source),
    backend: {
      name: fileName(name),
      options,
      servers: servers.value,
    },
    claims: leadingTo(fileName(name), claims.routes.filter(fits)),
    claimedBy: claims.by,
    problems: [
      ...claims.problems,
      ...said.problems,
      ...servers.problems,
      ...otherwise.map((route) => ({
        ...about(name, claims.by ?? ''),
        message: `a route wants ${String(route.scheme)}, while the service is spoken to by ${options.scheme}, so the route is left out`,
      })),
    ],
  };
}

/** The routes as those of a service whose own requests go to a backend. */
export function leadingTo(backend: string, routes: readonly Claimed[]): Claim[] {
  const claims = routes.map((claimed): Claim => {
    const { strip, tls, percent } = claimed;
    return { key: routeKey(claimed), percent, route: { ...placeOf(claimed), strip, tls, backend } };
  });
  return sorted(claims, ({ key }) => key);
}

/** Host and path of a route. */
export function placeOf({ host, path }: Route): Pick<Route, 'host' | 'path'> {
  return { ...(host !== undefined && { host }), ...(path !== undefined && { path }) };
}

/** The application's cookie comes before one of HAProxy's own, unless the configuration asks for this one. */
function withOneCookie(options: ServiceOptions, over: SaidOptions): ServiceOptions {
  if (over.sticky === true && over.cookie === undefined) return { ...options, cookie: undefined };
  return options.cookie === undefined ? options : { ...options, sticky: false };
}

function about(service: string, source: string, instance?: string): Omit<Problem, 'message'> {
  return { source, service, instance };
}

/** The routes of the first source that asks for any; of its instances those of the first that has good ones. */
export function claimRoutes(name: string, parts: readonly Part[]) {
  for (const { source, sighting } of parts) {
    const asked = askedRoutes(sighting);
    if (asked.length === 0) continue;
    return {
      by: source,
      routes: asked.find(({ routes }) => routes.length > 0)?.routes ?? [],
      problems: asked.flatMap(({ instance, problems }) =>
        problems.map((message) => ({ ...about(name, source, instance), message })),
      ),
    };
  }
  return { by: undefined, routes: [], problems: [] };
}

/** The options of the first source that names any: of the service as a whole, then of the first instance that says so. */
function optionsOf(name: string, parts: readonly Part[]): { value: SaidOptions; problems: Problem[] } {
  for (const { source, sighting } of parts) {
    const sayers: readonly { id?: string; attributes: Attributes }[] = [
      { attributes: sighting.attributes ?? {} },
      ...sighting.instances,
    ];
    const asks = ({ attributes }: { attributes: Attributes }): boolean =>
      optionKeys.some((key) => textOf(attributes, key) !== undefined);
    if (!sayers.some(asks)) continue;
    // Instances mostly say the same.
    const readOptions = rememberingBy(optionWords, saidOptions);
    const read = sayers.map(({ id, attributes }) => ({ id, ...readOptions(attributes) }));
    const value = Object.assign({}, ...read.map((one) => one.value).toReversed()) as SaidOptions;
    const problems = read.flatMap(({ id, problems }) =>
      problems.map((message) => ({ ...about(name, source, id), message })),
    );
    return { value, problems };
  }
  return { value: {}, problems: [] };
}

function optionWords(attributes: Attributes): string {
  return JSON.stringify(optionKeys.map((key) => ownMember(attributes, key)));
}
