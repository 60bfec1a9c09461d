import type {
  CheckTimes,
  Configuration,
  Credentials,
  Defaults,
  Global,
  Route,
  Server,
  Service,
} from '../haproxy/model.ts';
import { standardDefaults } from '../haproxy/model.ts';
import type { AgentConfig } from './config.ts';
import type { AgentBackend, AgentModel, AgentServer } from './model/agent-model.ts';
import type { ServiceOptions } from './model/options.ts';

/** What was read around the model. */
export interface Surroundings {
  /** Texts of `haproxy.base` and `haproxy.extra`. */
  readonly base: string | undefined;
  readonly extra: string | undefined;
  /** Names the certificates by their content. */
  readonly fingerprint: string | undefined;
  /** Passwords as HAProxy keeps them. */
  readonly hashes: PasswordHashes;
}

/** Of the pages on the main listener, and of the listener for both. */
export interface PasswordHashes {
  readonly metrics: string | undefined;
  readonly stats: string | undefined;
  readonly listener: string | undefined;
}

/** What a HAProxy that runs here needs besides; nothing for a file that stands alone. */
type Running = Pick<Global, 'socket' | 'stateFile'>;

/** What an agent's configuration says of HAProxy's. */
type Given = Pick<
  AgentConfig,
  'binds' | 'tls' | 'trustedProxies' | 'routing' | 'serviceDefaults' | 'haproxy'
>;

/** Users of the pages on the main listener, as the reference has them. */
const users = { metrics: 'stats', stats: 'stats_user' } as const;

/** The cookie by which HAProxy tells servers apart where a service wants one of HAProxy's own. */
const stickyCookie = 'SERVER';

/**
 * The configuration of HAProxy that serves a model. Services whose backend and routes are the same objects as in the
 * last model are the same objects again.
 */
export function createConfigurer(
  config: Given,
  around: Surroundings,
  running: Running = {},
): (model: AgentModel) => Configuration {
  const { serviceDefaults } = config;
  const frame = frameOf(config, around, running);
  const known = new WeakMap<AgentBackend, { routes: readonly Route[]; service: Service }>();
  return ({ services, backends }) => {
    const routes = routesByBackend(services);
    return {
      ...frame,
      services: backends.map((backend) => {
        const own = routes.get(backend.name) ?? [];
        const before = known.get(backend);
        if (before && sameMembers(before.routes, own)) return before.service;
        const service = serviceOf(backend, own, serviceDefaults);
        known.set(backend, { routes: own, service });
        return service;
      }),
    };
  };
}

/** All but the services. */
function frameOf(
  { binds, tls, trustedProxies, routing, serviceDefaults, haproxy }: Given,
  { base, extra, fingerprint, hashes }: Surroundings,
  running: Running,
): Omit<Configuration, 'services'> {
  const { log, hardStopAfterMs, snippets, stats } = haproxy;
  const { defaultDomain: domain, keepPath } = routing;
  return {
    global: {
      ...running,
      ...(log === 'off' ? {} : { log }),
      hardStopAfter: Math.ceil(hardStopAfterMs / 1000),
    },
    defaults: defaultsOf(serviceDefaults),
    frontend: {
      binds,
      trustedProxies,
      // Functions and servers stream; large answers take a few packets more.
      noDelay: true,
      ...(tls && { tls: tlsOf(tls, fingerprint) }),
      ...(domain !== undefined && { fallback: { domain, keepPath } }),
      pages: {
        ...withUser('metrics', users.metrics, hashes.metrics),
        ...withUser('stats', users.stats, hashes.stats),
      },
    },
    ...(stats.bind && {
      stats: { binds: [stats.bind], ...withUser('credentials', stats.user, hashes.listener) },
    }),
    resolvers: { nameservers: [] },
    own: {
      ...snippets,
      ...(base !== undefined && { base }),
      ...(extra !== undefined && extra.trim() !== '' && { extra }),
    },
  };
}

function tlsOf(
  { binds, certs, minVersion, redirect, hstsSeconds }: NonNullable<Given['tls']>,
  fingerprint: string | undefined,
): NonNullable<Configuration['frontend']['tls']> {
  return {
    binds,
    certificate: certs,
    minVersion,
    redirect,
    ...(hstsSeconds > 0 && { hsts: hstsSeconds }),
    ...(fingerprint !== undefined && { fingerprint }),
  };
}

function withUser<Page extends string>(
  page: Page,
  user: string,
  hash: string | undefined,
): Partial<Record<Page, Credentials>> {
  return hash === undefined ? {} : ({ [page]: { user, hash } } as Record<Page, Credentials>);
}

function defaultsOf(options: ServiceOptions): Defaults {
  return {
    ...standardDefaults,
    timeouts: { ...standardDefaults.timeouts, server: options.timeoutMs },
    checks: checksOf(options),
  };
}

/** A server that just failed is asked more often than others, and never less often. */
function checksOf({ interMs, rise, fall }: ServiceOptions): CheckTimes {
  const { fastInterval, downInterval } = standardDefaults.checks;
  return {
    interval: interMs,
    fastInterval: Math.min(fastInterval, interMs),
    downInterval: Math.min(downInterval, interMs),
    rise,
    fall,
  };
}

/** Routes by the name of the backend that they lead to. */
function routesByBackend(services: AgentModel['services']): ReadonlyMap<string, readonly Route[]> {
  const byBackend = new Map<string, Route[]>();
  for (const route of services.flatMap(({ routes }) => routes)) {
    const others = byBackend.get(route.backend);
    if (others === undefined) byBackend.set(route.backend, [route]);
    else others.push(route);
  }
  return byBackend;
}

function sameMembers(left: readonly Route[], right: readonly Route[]): boolean {
  return left.length === right.length && left.every((route, at) => route === right[at]);
}

/** What holds for all services is not said again for one. */
function serviceOf(
  { name, options, servers }: AgentBackend,
  routes: readonly Route[],
  defaults: ServiceOptions,
): Service {
  const { balance, check, timeoutMs, slowstartMs, cookie, sticky, snippet } = options;
  const hasOwnTimes =
    options.interMs !== defaults.interMs || options.rise !== defaults.rise || options.fall !== defaults.fall;
  return {
    name,
    routes: routes.map(({ host, path, strip, tls }) => ({
      ...(host !== undefined && { host }),
      ...(path !== undefined && { path }),
      strip,
      tls,
    })),
    servers: servers.map(serverOf),
    balance,
    ...(cookie !== undefined && { cookie }),
    ...(sticky && { sticky: stickyCookie }),
    ...(check !== 'tcp' && { check }),
    ...(hasOwnTimes && { checkTimes: checksOf(options) }),
    ...(timeoutMs !== defaults.timeoutMs && { timeout: timeoutMs }),
    ...(slowstartMs > 0 && { slowstart: slowstartMs }),
    ...(snippet.length > 0 && { snippet }),
  };
}

function serverOf({ name, of, address, port, weight, maxconn, scheme, state }: AgentServer): Server {
  return {
    id: name,
    of,
    address,
    port,
    weight: state === 'ready' ? weight : 0,
    maxconn: maxconn > 0 ? maxconn : undefined,
    scheme,
  };
}
