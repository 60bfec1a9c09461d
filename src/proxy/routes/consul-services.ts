import { type Watched, watch, type WatchOptions } from '../../consul/watch.ts';
import type { ServiceNames } from '../../consul/api.ts';
import type { Deadline } from '../../core/deadline.ts';
import { sameJson } from '../../core/objects.ts';
import type { Place } from '../../lambda-service/place.ts';
import { readRegisteredService, type RegisteredService } from '../../lambda-service/registered-service.ts';
import { managedTag } from '../../lambda-service/service.ts';
import { createInstanceReader, type Instance, type ServicesCatalog } from './consul-instances.ts';
import type { RouteWarning } from './warnings.ts';

/** The Lambda services that count, by name. */
export interface LambdaServices {
  readonly services: ReadonlyMap<string, RegisteredService>;
  /** Whether an answer from which ACLs hid nothing was among those that this comes from. */
  readonly whole: boolean;
}

/** What one look at the catalog brought. */
interface Found {
  /** Names of services with the tag of registrators. */
  readonly names: readonly string[];
  /** Something is hidden from the token. */
  readonly filtered: boolean;
  readonly instances: readonly Instance[];
}

/** Who hears of the services. */
export interface ServicesListener extends Pick<Watched<ServiceNames>, 'onAnswer' | 'onFailure'> {
  /** After each look that may have brought something new; `warnings` are all that hold now. */
  onServices: (services: readonly RegisteredService[], warnings: readonly RouteWarning[]) => void;
}

/** How long a catalog must be empty that was not, before it is believed. */
const emptyMs = 10_000;

/** Servers of Consul register themselves under this name, so that no catalog is without it for long. */
const consulItself = 'consul';

const nothing: LambdaServices = { services: new Map(), whole: false };

/** Watches the Lambda services of a place until the signal aborts, and then returns. */
export async function watchLambdaServices(
  catalog: ServicesCatalog,
  place: Place,
  listener: ServicesListener,
  options: WatchOptions,
): Promise<void> {
  const { clock } = options;
  const instancesOf = createInstanceReader(catalog, place);
  let standing = nothing;
  let emptySince: number | undefined;
  let heard: ServiceNames | undefined;

  /**
   * Whether a catalog that shows nothing at all is believed, where it showed services before: that of a Consul that was
   * started without its data looks so.
   */
  function isBelieved({ names, filtered }: ServiceNames): boolean {
    const isEmpty = [...names.keys()].every((name) => name === consulItself);
    const isSudden = isEmpty && standing.services.size > 0 && !(filtered && standing.whole);
    emptySince = isSudden ? (emptySince ?? clock.now()) : undefined;
    return emptySince === undefined || clock.now() - emptySince >= emptyMs;
  }

  async function onNews(answer: ServiceNames, deadline: Deadline): Promise<boolean> {
    if (!isBelieved(answer)) return false;
    heard = answer;
    const managed = [...answer.names].filter(([, tags]) => tags.includes(managedTag));
    const names = managed.map(([name]) => name);
    const instances = await instancesOf(names, deadline);
    const settled = settleServices(standing, { names, filtered: answer.filtered, instances });
    standing = settled.standing;
    listener.onServices([...standing.services.values()], settled.warnings);
    return true;
  }

  function onFailure(error: unknown): void {
    emptySince = undefined;
    listener.onFailure(error);
  }

  // What is read anew may come from a server that was just started, and must not lack services for that.
  const read: Watched<ServiceNames>['read'] = (blocking, deadline) =>
    catalog.serviceNames(place, deadline, { blocking, consistent: blocking === undefined });
  const isAlsoNews = ({ names, filtered }: ServiceNames): boolean =>
    filtered !== heard?.filtered || !sameJson([...names.keys()], [...heard.names.keys()]);
  await watch({ read, onNews, isAlsoNews, onAnswer: listener.onAnswer, onFailure }, options);
}

/**
 * The services that stand after a look at the catalog. Of one name the smallest node counts whose Meta can be read. What
 * was there stays while its name is listed with nothing readable behind it, and while ACLs hide what they did not hide
 * before.
 */
export function settleServices(
  standing: LambdaServices,
  { names, filtered, instances }: Found,
): { standing: LambdaServices; warnings: RouteWarning[] } {
  const warnings: RouteWarning[] = [];
  const byName = instancesByName(instances);
  const services = new Map<string, RegisteredService>();
  for (const name of names.toSorted()) {
    const { service, isLambda, faults } = readService(byName.get(name) ?? []);
    const counted = service ?? (isLambda ? standing.services.get(name) : undefined);
    const kept = counted ? 'it keeps the route that it has' : 'it gets no route';
    const effect = service ? 'another of its instances counts' : kept;
    warnings.push(...faults.map((fault) => wrongMeta(fault, effect)));
    if (counted) services.set(name, counted);
  }
  if (filtered && standing.whole) {
    const listed = new Set(names);
    const lost = [...standing.services].filter(([name]) => !listed.has(name));
    for (const [name, service] of lost) services.set(name, service);
    if (lost.length > 0) warnings.push(hidden('services', 'what is gone keeps its route', 'service:read'));
  }
  if (names.length > 0 && instances.length === 0)
    warnings.push(hidden('nodes', 'services keep the routes that they have', 'node:read'));
  // Current servers do not list services either whose nodes the token may not read.
  if (filtered && services.size === 0 && names.length === 0)
    warnings.push(hidden('services', 'there are no routes', 'service:read and node:read'));
  return { standing: { services, whole: standing.whole || !filtered }, warnings };
}

/** In the order of their precedence. */
function instancesByName(instances: readonly Instance[]): ReadonlyMap<string, Instance[]> {
  const byName = new Map<string, Instance[]>();
  for (const instance of instances.toSorted(byNodeAndId)) {
    const others = byName.get(instance.name);
    if (others) others.push(instance);
    else byName.set(instance.name, [instance]);
  }
  return byName;
}

/** An instance whose Meta cannot be read, and why. */
interface Fault {
  readonly instance: Instance;
  readonly problem: string;
}

/** The service that the instances of one name make, and what is wrong with those that make none. */
function readService(instances: readonly Instance[]): {
  service: RegisteredService | undefined;
  /** False when every instance is known to be something else. */
  isLambda: boolean;
  faults: Fault[];
} {
  const faults: Fault[] = [];
  for (const instance of instances) {
    const read = readRegisteredService(instance);
    if (read?.ok) return { service: read.value, isLambda: true, faults };
    if (read) faults.push({ instance, problem: read.problem });
  }
  return { service: undefined, isLambda: instances.length === 0 || faults.length > 0, faults };
}

function byNodeAndId(left: Instance, right: Instance): number {
  if (left.node !== right.node) return left.node < right.node ? -1 : 1;
  return left.id < right.id ? -1 : 1;
}

function wrongMeta({ instance, problem }: Fault, effect: string): RouteWarning {
  return {
    message: `The Meta of a service cannot be read: ${effect}`,
    fields: { service: instance.name, node: instance.node, problem },
  };
}

function hidden(what: string, effect: string, needed: string): RouteWarning {
  return {
    message: `Consul hides ${what} from the token: ${effect}`,
    fields: { problem: `the token must have ${needed}` },
  };
}
