import type { Route, Server, Service } from './model.ts';
import { backendName } from './routes.ts';
import { sorted } from './sections/section.ts';

/** A route that two services share. */
interface Shared {
  readonly holder: Service;
  readonly canary: Service;
  readonly route: Route;
  readonly percent: number;
}

/** A service and one of its routes. */
interface Claimed {
  readonly service: Service;
  readonly route: Route;
}

const heaviest = 256;

/**
 * The same services without any `percent`: where two share a route, the route is of a further service, which has the
 * servers of both with their weights in that proportion, and the options of the one without `percent`.
 */
export function withoutPercent(services: readonly Service[]): Service[] {
  const shared = sharedRoutes(services);
  const isShared = ({ name }: Service, route: Route): boolean => {
    const share = shared.get(backendName(route));
    return share !== undefined && (share.holder.name === name || share.canary.name === name);
  };
  const alone = services.map((service) => ({
    ...service,
    routes: service.routes.filter((route) => !isShared(service, route)).map(plainly),
  }));
  return [...alone, ...together(sorted([...shared.values()], ({ route }) => backendName(route)))];
}

function plainly(route: Route): Route {
  const { percent, ...plain } = route;
  return percent === undefined ? route : plain;
}

/** By the name of the route's backend. */
function sharedRoutes(services: readonly Service[]): Map<string, Shared> {
  const claims = services.flatMap((service) => service.routes.map((route): Claimed => ({ service, route })));
  const holders = new Map(
    claims
      .filter(({ route }) => route.percent === undefined)
      .map((claim) => [backendName(claim.route), claim]),
  );
  const shared = new Map<string, Shared>();
  for (const { service: canary, route } of claims) {
    const holder = holders.get(backendName(route));
    if (route.percent === undefined || holder === undefined) continue;
    const { percent } = route;
    shared.set(backendName(route), { holder: holder.service, canary, route: holder.route, percent });
  }
  return shared;
}

/** One service for all routes that the same two share in the same proportion. */
function together(shared: readonly Shared[]): Service[] {
  const groups = new Map<string, Shared[]>();
  for (const share of shared) {
    const pair = `${share.holder.name}::${share.canary.name}`;
    const [first = share] = groups.get(pair) ?? [];
    const name = first.percent === share.percent ? pair : `${pair}::${share.percent}`;
    groups.set(name, [...(groups.get(name) ?? []), share]);
  }
  return [...groups].flatMap(([name, group]) => group.slice(0, 1).map((first) => merged(name, first, group)));
}

function merged(name: string, { holder, canary, percent }: Shared, group: readonly Shared[]): Service {
  const own = holder.servers.map((server) => ({ ...server, of: holder.name }));
  const others = canary.servers.map((server) => ({ ...server, of: canary.name }));
  return {
    ...holder,
    name,
    routes: group.map(({ route }) => route),
    servers: weighted(own, others, percent),
  };
}

/**
 * Both lists with weights by which the second gets `percent` of the requests, as exactly as whole numbers up to 256 allow.
 * Where one of them takes no requests, the other gets all.
 */
function weighted(own: readonly Server[], others: readonly Server[], percent: number): Server[] {
  const servers = [...own, ...others];
  const total = sum(own.map(weightOf));
  const otherTotal = sum(others.map(weightOf));
  if (total === 0 || otherTotal === 0) return servers;
  const shares = [
    ...own.map((server) => (weightOf(server) / total) * (1 - percent / 100)),
    ...others.map((server) => (weightOf(server) / otherTotal) * (percent / 100)),
  ];
  const weights = wholeNumbers(shares);
  return servers.map((server, at) => ({ ...server, weight: weights[at] ?? 0 }));
}

/** The smallest whole numbers that come nearest to the shares; a share that is not 0 gets 1 at least. */
function wholeNumbers(shares: readonly number[]): number[] {
  const largest = Math.max(...shares);
  let best: number[] = [];
  let smallestError = Infinity;
  for (let top = 1; top <= heaviest; top += 1) {
    const weights = shares.map((share) =>
      share === 0 ? 0 : Math.max(1, Math.round((share / largest) * top)),
    );
    const total = sum(weights);
    const error = sum(shares.map((share, at) => Math.abs(share - (weights[at] ?? 0) / total)));
    if (error < smallestError - 1e-9) {
      best = weights;
      smallestError = error;
    }
  }
  return best;
}

function weightOf({ weight = 1 }: Server): number {
  return weight;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
