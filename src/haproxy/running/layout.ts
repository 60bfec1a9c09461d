import { rememberingEach, rememberingLast } from '../../core/remember.ts';
import type { Configuration, Server, Service } from '../model.ts';
import { checkModel, headOf, joined, tailOf } from '../render.ts';
import { backendName, pathDepth } from '../routes.ts';
import { checkLines, ownLines, serviceLines, unroutedSection } from '../sections/backends.ts';
import { baseSections } from '../sections/base.ts';
import { frontendSection } from '../sections/frontend.ts';
import { mapBackend, mapKey, mapValue, routingByMap, strippable, unrouted } from '../sections/map-routing.ts';
import { section, sorted } from '../sections/section.ts';
import { checkWords, isNamed, serverEndpoint, serverName, serverOptions } from '../sections/servers.ts';
import { pageSections, statsSections } from '../sections/stats.ts';

/**
 * A configuration as HAProxy holds it when routes stand in a map: what a running process can change as data, and beside it
 * all that only a reload changes.
 */
export interface Layout {
  /** What is outside of backends, by what a reload for it is called. */
  readonly parts: Readonly<Record<Part, string>>;
  /** By name. */
  readonly backends: ReadonlyMap<string, Backend>;
  readonly map: RouteMap;
  /** How many segments of a path can be taken off. */
  readonly strippable: number;
  /** Sections before and after those of backends. */
  readonly frame: { readonly head: readonly string[]; readonly tail: readonly string[] };
  /** Whether it is a text of which nothing is known, so that only a reload leads to it. */
  readonly standsAlone?: boolean;
}

/** Reasons for a reload that lie outside of backends. */
export const parts = ['base', 'tls', 'certificates'] as const;
type Part = (typeof parts)[number];

/** Where requests of a service go. */
export interface Backend {
  readonly service: string;
  /** All lines but those of servers. */
  readonly lines: readonly string[];
  /** Whether servers are told apart by a cookie. */
  readonly hasCookie: boolean;
  /** By name. */
  readonly servers: ReadonlyMap<string, PlacedServer>;
}

/** A server in a backend. */
export interface PlacedServer {
  /** Address and port as one word. */
  readonly endpoint: string;
  readonly weight: number;
  /** Its other words, in the file and when it is added. */
  readonly options: string;
  readonly isChecked: boolean;
  /** Whether HAProxy looks its address up itself. */
  readonly isNamed: boolean;
  /** Whether the running HAProxy has it out of service, as no layout of a model wants it. */
  readonly isOut?: boolean;
}

/** The routes, on disk and in the process. */
export interface RouteMap {
  /** Where the map is on disk; HAProxy knows it by this path. */
  readonly file: string;
  /** Values by key, see `sections/map-routing.ts`. */
  readonly entries: ReadonlyMap<string, string>;
}

/**
 * The layout of a model: one backend `be_<name>` a service, also where no route leads there yet, and a map of all routes. What was made of a
 * service that is the same object as before is the same object again, unless what holds for all services is another.
 * @param mapFile absolute path of the map
 * @throws AppError CONFIG_INVALID with everything that `problemsOf` finds in the model
 */
export function layoutOf(given: Configuration, mapFile: string): Layout {
  checkModel(given);
  const model = { ...given, services: sorted(given.services, ({ name }) => name) };
  const { global, defaults, own } = model;
  const backendOf = backendsIn({ global, defaults, ...(own && { own }) });
  const depth = model.services.reduce((deepest, service) => Math.max(deepest, strippableOf(service)), 0);
  const frontend = frontendSection(model, routingByMap(model, mapFile, strippable(depth)));
  return {
    parts: partsOf(model, mapFile),
    backends: new Map(model.services.map((service) => [mapBackend(service.name), backendOf(service)])),
    map: { file: mapFile, entries: new Map(model.services.flatMap(entriesOf)) },
    strippable: strippable(depth),
    frame: {
      head: [...headOf(model), frontend, unroutedSection(unrouted, model)],
      tail: tailOf(model),
    },
  };
}

/** The file as it stands on disk; equal layouts give equal bytes. */
export function configText({ frame, backends }: Layout): string {
  return joined(frame.head, [...backends.values()].map(backendSection), frame.tail);
}

/** The map as it stands on disk; equal entries give equal bytes. */
export function mapText({ entries }: RouteMap): string {
  return [...entries].map(([key, value]) => `${key} ${value}\n`).join('');
}

/** What of a model holds for all backends. */
type Around = Pick<Configuration, 'global' | 'defaults' | 'own'>;

const backendsIn = rememberingLast(
  (around: Around) => rememberingEach((service: Service) => backendOf(service, around)),
  (left, right) => left.global === right.global && left.defaults === right.defaults && left.own === right.own,
);

function backendOf(service: Service, around: Around): Backend {
  const servers = sorted(service.servers, serverName);
  const checks = checkWords(service, { ...around.defaults.checks, ...service.checkTimes });
  return {
    service: service.name,
    lines: [
      ...serviceLines(service, around),
      ...(around.global.stateFile === undefined ? [] : ['load-server-state-from-file global']),
      ...ownLines(service, around),
      ...checkLines(service),
    ],
    hasCookie: service.cookie !== undefined || service.sticky !== undefined,
    servers: new Map(servers.map((server) => [serverName(server), placed(service, server, checks)])),
  };
}

/**
 * Every option but the weight is in the words of the server: what is added to a running HAProxy inherits nothing.
 * @param checks how it is checked
 */
function placed(service: Service, server: Server, checks: readonly string[]): PlacedServer {
  return {
    endpoint: serverEndpoint(server),
    weight: server.weight ?? 1,
    options: [...checks, ...serverOptions(service, { ...server, weight: undefined })].join(' '),
    isChecked: service.check !== 'off',
    isNamed: isNamed(server),
  };
}

const backendSection = rememberingEach(({ service, lines, servers }: Backend): string => {
  const serverLines = [...servers].map(([server, { endpoint, weight, options }]) =>
    ['server', server, endpoint, `weight ${weight}`, options].join(' ').trimEnd(),
  );
  return section(`# ${service}:\nbackend ${mapBackend(service)}`, [...lines, ...serverLines]);
});

const entriesOf = rememberingEach(({ name, routes }: Service) =>
  sorted(routes, backendName).map((route) => [mapKey(route), mapValue(mapBackend(name), route)] as const),
);

const strippableOf = rememberingEach(({ routes }: Service) =>
  routes.reduce((deepest, route) => (route.strip ? Math.max(deepest, pathDepth(route)) : deepest), 0),
);

function partsOf(model: Configuration, mapFile: string): Layout['parts'] {
  const { tls, ...frontend } = model.frontend;
  const { fingerprint = '', ...bound } = tls ?? {};
  const plain: Configuration = { ...model, frontend };
  const base = [
    ...baseSections(plain),
    JSON.stringify(
      sorted(
        model.resolvers.nameservers.map((server) => JSON.stringify(server)),
        String,
      ),
    ),
    ...statsSections(plain),
    ...pageSections(plain),
    frontendSection(plain, routingByMap(plain, mapFile, 0)),
    unroutedSection(unrouted, plain),
    model.own?.extra ?? '',
  ];
  return {
    base: base.join('\n'),
    tls: tls === undefined ? '' : JSON.stringify(bound),
    certificates: fingerprint,
  };
}
