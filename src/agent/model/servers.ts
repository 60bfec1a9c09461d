import { endpointText } from '../../core/network/addresses.ts';
import { fileName } from '../../haproxy/names.ts';
import { sorted } from '../../haproxy/sections/section.ts';
import type { AgentServer, SourceName } from './agent-model.ts';
import { type Location, locate } from './keys.ts';
import type { ServiceOptions } from './options.ts';
import type { Problem, SeenInstance, Sighting } from './sighting.ts';
import { fitWeights } from './weights.ts';

/** A service as one source tells of it. */
export interface Part {
  readonly source: SourceName;
  /** Its instances by id. */
  readonly sighting: Sighting;
}

/** How a service's instances become servers. */
interface Serving {
  /** Whether an address is one where HAProxy itself listens. */
  readonly isOwn: (address: string, port: number) => boolean;
  /** Its weight is for instances that say nothing of it. */
  readonly options: ServiceOptions;
  /** Over what instances say. */
  readonly weight: number | undefined;
}

/** The servers of all sources, each address once, by name. */
export function serversOf(name: string, parts: readonly Part[], { options, weight, isOwn }: Serving) {
  const { scheme, maxconn } = options;
  const problems: Problem[] = [];
  const addresses = new Set<string>();
  const names = new Set<string>();
  const found: Found[] = [];
  for (const { source, instance } of candidates(parts)) {
    const { value: location, problems: wrong } = judge(instance, isOwn);
    const place = { source, service: name, instance: instance.id };
    problems.push(...wrong.map((message) => ({ ...place, message })));
    const endpoint = location && endpointText(location);
    if (location === undefined || endpoint === undefined || addresses.has(endpoint)) continue;
    const called = nameOf(instance.id, source, names);
    if (called === undefined) {
      problems.push({ ...place, message: 'its id is that of other instances, so it is left out' });
      continue;
    }
    addresses.add(endpoint);
    names.add(called);
    const wanted = instance.weight * (weight ?? location.weight ?? options.weight);
    found.push({ called, source, instance, location, wanted });
  }
  const weights = fitWeights(found.map(({ wanted }) => wanted));
  const servers = found.map(({ called, source, instance, location }, at): AgentServer => ({
    name: called,
    service: name,
    source,
    id: instance.id,
    address: location.address,
    port: location.port,
    weight: weights[at] ?? 0,
    scheme,
    maxconn,
    state: instance.state,
  }));
  const value = sorted(servers, (server) => server.name);
  return { value: options.failOpen ? withoutAllDrained(value) : value, problems };
}

/** An instance that can be a server. */
interface Found {
  /** What the server is called. */
  readonly called: string;
  readonly source: SourceName;
  readonly instance: SeenInstance;
  readonly location: Location;
  /** What it would weigh in any range. */
  readonly wanted: number;
}

/** Ids of two sources may be one, though the instances are not. */
function nameOf(id: string, source: SourceName, taken: ReadonlySet<string>): string | undefined {
  const name = fileName(id);
  if (!taken.has(name)) return name;
  const further = fileName(`${id}@${source}`);
  return taken.has(further) ? undefined : further;
}

/** Instances by the precedence of their source; of those with one address a ready one comes first. */
function candidates(parts: readonly Part[]): { source: SourceName; instance: SeenInstance }[] {
  return parts.flatMap(({ source, sighting: { instances } }) => {
    const ofState = (wanted: SeenInstance['state']) => instances.filter(({ state }) => state === wanted);
    return [...ofState('ready'), ...ofState('drain')].map((instance) => ({ source, instance }));
  });
}

function judge(
  instance: SeenInstance,
  isOwn: Serving['isOwn'],
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
