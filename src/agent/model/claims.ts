import type { Checked } from '../../core/checked.ts';
import { rememberingBy } from '../../core/remember.ts';
import { ownMember } from '../../core/objects.ts';
import { everyPath } from '../../core/network/route.ts';
import type { Route } from '../../haproxy/model.ts';
import { backendName, type Places, routesAt } from '../../haproxy/routes.ts';
import { checkHost, checkPath } from '../../haproxy/written-routes.ts';
import { type Attributes, type Read, textOf, valueOf } from './keys.ts';
import { checkFlag, checkWhole } from './option-texts.ts';
import type { RouteClaim, Sighting } from './sighting.ts';

/** A route as it was asked for, in normal form. */
export interface Claimed extends Route {
  /** How much of another's requests it wants, in percent, where another has the route. */
  readonly percent?: number;
  readonly scheme?: 'http' | 'https';
}

/** Somebody who asks for routes, and what is wrong with it. */
interface Asked {
  /** The instance; undefined for the service as a whole. */
  readonly instance: string | undefined;
  readonly routes: readonly Claimed[];
  readonly problems: readonly string[];
}

/** More are a mistake: each is an entry of a map. */
const mostRoutes = 1000;

/**
 * Who of a service asks for which routes: the service, then its instances in their order; and where none of them asks,
 * be it for a route that cannot be given, the fallback. Those that ask for nothing are left out.
 */
export function askedRoutes({ attributes = {}, instances, fallback }: Sighting): Asked[] {
  // Instances mostly ask for the same.
  const ask = rememberingBy(wordsOf, wanted);
  const asked = [
    { instance: undefined, wants: ask({ attributes, claims: [] }) },
    ...instances.map(({ id, attributes: own, routes }) => ({
      instance: id,
      wants: ask({ attributes: { ...own, ...attributes }, claims: routes }),
    })),
  ].flatMap(({ instance, wants }) => (wants === undefined ? [] : [{ instance, ...wants }]));
  if (asked.length > 0) return asked;
  const united = [attributes, ...instances.map((one) => one.attributes)].toReversed();
  const otherwise = wanted({ attributes: Object.assign({}, ...united) as Attributes, claims: fallback });
  return otherwise === undefined ? [] : [{ instance: undefined, ...otherwise }];
}

/** What somebody says of routes. */
interface Words {
  readonly attributes: Attributes;
  readonly claims: readonly RouteClaim[];
}

const placeKeys = ['route-host', 'route-path'] as const;
const routeKeys = [...placeKeys, 'route-strip', 'route-tls', 'route-percent'] as const;

function wordsOf({ attributes, claims }: Words): string {
  return JSON.stringify([routeKeys.map((key) => ownMember(attributes, key)), claims]);
}

function wanted({ attributes, claims }: Words): Omit<Asked, 'instance'> | undefined {
  const written = placeKeys.some((key) => ownMember(attributes, key) !== undefined);
  if (!written && claims.length === 0) return undefined;
  const manner = mannerOf(attributes);
  const places = written ? placesOf(attributes) : { value: [], problems: [] };
  const given = claims.map((claim) => claimed(claim, manner.value));
  const all = [
    ...places.value.flatMap((at) => routesIn(at, manner.value)),
    ...given.flatMap(({ value }) => value),
  ];
  return {
    routes: eachOnce(all),
    problems: [...places.problems, ...manner.problems, ...given.flatMap(({ problems }) => problems)],
  };
}

/** The first of those that are one route. */
function eachOnce(routes: readonly Claimed[]): Claimed[] {
  const first = new Map<string, Claimed>();
  for (const route of routes) {
    const key = backendName(route);
    if (!first.has(key)) first.set(key, route);
  }
  return [...first.values()];
}

/** What holds for all routes of an instance. */
interface Manner {
  readonly strip: boolean;
  readonly tls: boolean;
  readonly percent: number | undefined;
}

function mannerOf(attributes: Attributes): Read<Manner> {
  const strip = valueOf(attributes, 'route-strip', checkFlag);
  const tls = valueOf(attributes, 'route-tls', checkFlag);
  const percent = valueOf(attributes, 'route-percent', (text) => checkWhole(text, 0, 100));
  return {
    value: { strip: strip.value ?? false, tls: tls.value ?? false, percent: percent.value },
    problems: [...strip.problems, ...tls.problems, ...percent.problems],
  };
}

function routesIn(places: Places, { strip, tls, percent }: Manner): Claimed[] {
  const routes = routesAt(places, { strip, tls });
  return percent === undefined ? routes : routes.map((route) => ({ ...route, percent }));
}

/**
 * Hosts and paths of the keys. A bad one is no place, and a key that holds nothing good asks for no other place in its
 * stead: a route without its host would be one for all.
 */
function placesOf(attributes: Attributes): Read<Places[]> {
  const hosts = listOf(attributes, 'route-host', checkHost);
  const paths = listOf(attributes, 'route-path', checkPath);
  const problems = [...(hosts?.problems ?? []), ...(paths?.problems ?? [])];
  if (hosts?.value.length === 0 || paths?.value.length === 0) return { value: [], problems };
  const places = { hosts: hosts?.value ?? [], paths: paths?.value ?? [] };
  if (Math.max(1, places.hosts.length) * Math.max(1, places.paths.length) <= mostRoutes)
    return { value: [places], problems };
  const tooMany = `route-host and route-path must make at most ${mostRoutes} routes, so they are left out`;
  return { value: [], problems: [...problems, tooMany] };
}

/** A comma list; undefined where the key is left out, and not where it is empty. */
function listOf(
  attributes: Attributes,
  key: string,
  check: (text: string) => Checked<string>,
): Read<string[]> | undefined {
  if (ownMember(attributes, key) === undefined) return undefined;
  const texts = (textOf(attributes, key) ?? '').split(',').map((text) => text.trim());
  const written = texts.some((text) => text !== '') ? texts.filter((text) => text !== '') : [''];
  const checked = written.map(check);
  return {
    value: checked.flatMap((one) => (one.ok ? [one.value] : [])),
    problems: checked.flatMap((one) => (one.ok ? [] : [`${key} ${one.problem}, so the route is left out`])),
  };
}

/** A route that is written otherwise than as attributes; what it does not say is as the attributes have it. */
function claimed(claim: RouteClaim, manner: Manner): Read<Claimed[]> {
  const host = claim.host === undefined ? undefined : checkHost(claim.host);
  const path = claim.path === undefined ? undefined : checkPath(claim.path);
  const percent = claim.percent === undefined ? undefined : checkWhole(String(claim.percent), 0, 100);
  const problems = [
    ...(host?.ok === false ? [`a route's host ${host.problem}, so the route is left out`] : []),
    ...(path?.ok === false ? [`a route's path ${path.problem}, so the route is left out`] : []),
    ...(percent?.ok === false ? [`a route's percent ${percent.problem}`] : []),
  ];
  if (host?.ok === false || path?.ok === false) return { value: [], problems };
  const places = { hosts: host ? [host.value] : [], paths: [path?.value ?? everyPath] };
  const value = routesIn(places, {
    strip: claim.strip ?? manner.strip,
    tls: claim.tls ?? manner.tls,
    percent: percent?.ok ? percent.value : manner.percent,
  });
  const { scheme } = claim;
  return { value: scheme === undefined ? value : value.map((route) => ({ ...route, scheme })), problems };
}
