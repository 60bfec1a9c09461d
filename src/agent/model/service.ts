import { endpointText } from '../../core/network/addresses.ts';
import { fileName } from '../../haproxy/names.ts';
import { sorted } from '../../haproxy/sections/section.ts';
import type { AgentBackend, AgentServer, SourceName } from './agent-model.ts';
import { askedRoutes, type Claimed } from './claims.ts';
import { type Attributes, type Location, locate, saidOptions, textOf } from './keys.ts';
import { optionKeys } from './option-texts.ts';
import type { SaidOptions, ServiceOptions } from './options.ts';
import type { Problem, SeenInstance, Sighting } from './sighting.ts';
import { fitWeights } from './weights.ts';

/** A service as one source tells of it. */
export interface Part {
  readonly source: SourceName;
  /** Its instances by id. */
  readonly sighting: Sighting;
}

/** A service as all sources tell of it together. */
export interface UnitedService {
  readonly name: string;
  readonly sources: readonly SourceName[];
  /** Where its own requests go. */
  readonly backend: AgentBackend;
  /** What it asks for. */
  readonly claims: readonly Claimed[];
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
  const [kept, otherwise] = partition(
    claims.routes,
    ({ scheme = options.scheme }) => scheme === options.scheme,
  );
  return {
    name,
    sources: parts.map(({ source }) => source),
    backend: {
      name: fileName(name),
      options,
      servers: options.failOpen ? withoutAllDrained(servers.value) : servers.value,
    },
    claims: kept,
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
    const read = sayers.map(({ id, attributes }) => ({ id, ...saidOptions(attributes) }));
    const value = Object.assign({}, ...read.map((one) => one.value).toReversed()) as SaidOptions;
    const problems = read.flatMap(({ id, problems }) =>
      problems.map((message) => ({ ...about(name, source, id), message })),
    );
    return { value, problems };
  }
  return { value: {}, problems: [] };
}

interface Serving extends Pick<ServiceRules, 'isOwn'> {
  /** Its weight is for instances that say nothing of it. */
  readonly options: ServiceOptions;
  /** Over what instances say. */
  readonly weight: number | undefined;
}

/** The servers of all sources, each address once, by name. */
function serversOf(name: string, parts: readonly Part[], { options, weight, isOwn }: Serving) {
  const { scheme, maxconn } = options;
  const problems: Problem[] = [];
  const addresses = new Set<string>();
  const names = new Set<string>();
  const found: Omit<AgentServer, 'weight'>[] = [];
  const weights: number[] = [];
  for (const { source, instance } of candidates(parts)) {
    const { value: location, problems: wrong } = judge(instance, isOwn);
    problems.push(...wrong.map((message) => ({ ...about(name, source, instance.id), message })));
    const endpoint = location && endpointText(location);
    if (location === undefined || endpoint === undefined || addresses.has(endpoint)) continue;
    const { id, state } = instance;
    // Ids of two sources may be one, though the instances are not.
    const called = [fileName(id), fileName(`${id}@${source}`)].find((called) => !names.has(called));
    if (called === undefined) continue;
    addresses.add(endpoint);
    names.add(called);
    const { address, port } = location;
    found.push({ name: called, service: name, source, id, address, port, scheme, maxconn, state });
    weights.push(instance.weight * (weight ?? location.weight ?? options.weight));
  }
  const fitted = fitWeights(weights);
  const servers = found.map((server, at): AgentServer => ({ ...server, weight: fitted[at] ?? 0 }));
  return { value: sorted(servers, (server) => server.name), problems };
}

/** Instances by the precedence of their source; of those with one address a ready one comes first. */
function candidates(parts: readonly Part[]): { source: SourceName; instance: SeenInstance }[] {
  return parts.flatMap(({ source, sighting: { instances } }) => {
    const [ready, others] = partition(instances, ({ state }) => state === 'ready');
    return [...ready, ...others].map((instance) => ({ source, instance }));
  });
}

function judge(
  instance: SeenInstance,
  isOwn: ServiceRules['isOwn'],
): { value: Location | undefined; problems: readonly string[] } {
  const { value, problems } = locate(instance);
  const hasWeight = Number.isFinite(instance.weight) && instance.weight >= 0;
  if (!hasWeight)
    return { value: undefined, problems: [...problems, 'its weight must be 0 or more, so it is left out'] };
  if (value === undefined || !isOwn(value.address, value.port)) return { value, problems };
  const message = `it is HAProxy itself, which listens on ${endpointText(value)}, so it is left out`;
  return { value: undefined, problems: [...problems, message] };
}

/** When no server is well, it is better to ask all of them than to answer 503. */
function withoutAllDrained(servers: readonly AgentServer[]): readonly AgentServer[] {
  return servers.some(({ state }) => state === 'ready')
    ? servers
    : servers.map((server) => ({ ...server, state: 'ready' }));
}

function partition<Item>(items: readonly Item[], isFirst: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter((item) => isFirst(item)), items.filter((item) => !isFirst(item))];
}
