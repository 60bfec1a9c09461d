import type { Endpoint } from '../core/network/addresses.ts';

/**
 * A HAProxy configuration as data: what is served, never how HAProxy spells it. The renderer accepts a model only when
 * `validate.ts` finds no problem in it; values are written in the normal form that `names.ts` and `core/addresses.ts` give.
 * Order means nothing: the same members give the same file.
 */
export interface Configuration {
  readonly global: Global;
  readonly defaults: Defaults;
  readonly frontend: Frontend;
  readonly stats?: Stats;
  readonly resolvers: Resolvers;
  readonly services: readonly Service[];
  /** What an administrator wrote himself, in HAProxy's own words; nothing but `haproxy -c` judges it. */
  readonly own?: OwnText;
}

/** Text of HAProxy's language that is taken as it is. */
interface OwnText {
  /** Sections in place of `global` and `defaults`; what this project itself needs in `global` is added. */
  readonly base?: string;
  /** Sections after all others. */
  readonly extra?: string;
  /** Lines at the end of the public listener's part before routing, and of every backend. */
  readonly frontend?: readonly string[];
  readonly backend?: readonly string[];
}

export interface Global {
  /** Where the access log goes; absent: nowhere. */
  readonly log?: 'stdout' | Endpoint;
  /** Seconds after which a process that was told to stop ends its last connections. */
  readonly hardStopAfter: number;
  /** A Unix socket where the process takes every command; absent: none. */
  readonly socket?: string;
  /** A file from which states of servers are taken over at a start; it must exist. Absent: none. */
  readonly stateFile?: string;
}

/** All times in milliseconds. */
export interface Defaults {
  readonly timeouts: Timeouts;
  /** Attempts to connect after the first; every one of them goes to another server. */
  readonly retries: number;
  readonly checks: CheckTimes;
}

interface Timeouts {
  readonly connect: number;
  readonly client: number;
  readonly server: number;
  /** For a client to send a whole request head. */
  readonly httpRequest: number;
  /** Between two requests on one connection. */
  readonly keepAlive: number;
  /** For a request to wait for a free server. */
  readonly queue: number;
  /** For WebSockets and other upgraded connections. */
  readonly tunnel: number;
  readonly check: number;
}

/** How often servers are checked, in milliseconds, and how many results in a row change their state. */
export interface CheckTimes {
  readonly interval: number;
  /** While a server is between up and down, or just failed a request. */
  readonly fastInterval: number;
  readonly downInterval: number;
  readonly rise: number;
  readonly fall: number;
}

/** The public HTTP entry: HTTP/1.1 and HTTP/2, in the clear and by TLS. */
export interface Frontend {
  readonly binds: readonly Endpoint[];
  readonly tls?: Tls;
  /** Networks whose X-Forwarded-For is kept and whose X-Forwarded-Proto is believed. */
  readonly trustedProxies: readonly string[];
  /** Where requests are sent that no route takes; absent: they are answered 404. */
  readonly fallback?: Fallback;
  /**
   * Whether each part of a message is sent on as it comes, however small; else it may wait up to 200 ms for more to go
   * with it.
   */
  readonly noDelay?: boolean;
  /** Pages for administrators on this very listener, before all routes; absent: none. */
  readonly pages?: Pages;
}

/** Whether HAProxy can tell a request over TLS from one in the clear: it speaks TLS itself, or believes proxies that do. */
export function tellsTls({
  tls,
  trustedProxies,
}: Pick<Frontend, 'trustedProxies'> & { readonly tls?: unknown }): boolean {
  return tls !== undefined || trustedProxies.length > 0;
}

/** A redirection by 302 to `http://<domain>`. Requests for the domain itself are answered 404, so that none runs in circles. */
interface Fallback {
  /** A host name, with a port where it is not 80. */
  readonly domain: string;
  /** Whether path and query go along. */
  readonly keepPath: boolean;
}

/** Who may see `/stats` and `/metrics`; what is absent is not there. */
interface Pages {
  readonly stats?: Credentials;
  readonly metrics?: Credentials;
}

/** A user of a page. */
export interface Credentials {
  readonly user: string;
  /** The password as crypt(3) writes it, see `password-hash.ts`. */
  readonly hash: string;
}

interface Tls {
  readonly binds: readonly Endpoint[];
  /** A PEM file or a directory of them, on HAProxy's host. */
  readonly certificate: string;
  readonly minVersion: TlsVersion;
  /** Whether every request in the clear is answered by 308 to the same address over TLS. */
  readonly redirect?: boolean;
  /** Seconds for which browsers are told to use TLS alone (RFC 6797); absent: nothing is told. */
  readonly hsts?: number;
  /** Names the certificates by their content, so that others under the same path are noticed. */
  readonly fingerprint?: string;
}

/** Least versions of TLS that may be asked for. */
export const tlsVersions = ['TLSv1.2', 'TLSv1.3'] as const;
type TlsVersion = (typeof tlsVersions)[number];

/** The administrators' own listener: `/stats` and, where HAProxy was built with it, `/metrics` for Prometheus. */
interface Stats {
  readonly binds: readonly Endpoint[];
  /** Who may see them; absent: everyone who reaches the listener. */
  readonly credentials?: Credentials;
}

/** Asked for servers that are given by name. No name servers: those of resolv.conf on HAProxy's host, which must exist. */
interface Resolvers {
  readonly nameservers: readonly Endpoint[];
}

/** How requests are spread over servers, by HAProxy's names. */
export const balances = ['roundrobin', 'leastconn', 'random'] as const;
export type Balance = (typeof balances)[number];

export interface Service {
  readonly name: string;
  readonly routes: readonly Route[];
  /** None: the routes answer 503. */
  readonly servers: readonly Server[];
  readonly balance: Balance;
  /** The application's own cookie; a client stays with the server that set it. */
  readonly cookie?: string;
  /** A cookie of HAProxy's own, by which a client stays with a server; not beside `cookie`. */
  readonly sticky?: string;
  /** Path that servers answer with 2xx or 3xx while they are healthy; absent: a connection is enough; `off`: no check. */
  readonly check?: string;
  /** Where the times of checks are others than everywhere. */
  readonly checkTimes?: Partial<CheckTimes>;
  /** For a server to answer, in milliseconds; absent: as everywhere. */
  readonly timeout?: number;
  /** Milliseconds in which a server that came up gets to its full share; absent: it has it at once. */
  readonly slowstart?: number;
  /** Lines of HAProxy's language for the backend alone. */
  readonly snippet?: readonly string[];
}

/**
 * Which requests a service gets. The first that matches wins: exact host + longest path, exact host, wildcard host +
 * longest path, wildcard host, any host + longest path, any host.
 */
export interface Route {
  /** `name`, `*.name` (one label more), or `[IPv6]`; absent: any. */
  readonly host?: string;
  /** `/p` stands for `/p` and `/p/…`; absent: any. */
  readonly path?: string;
  /** Whether servers see the request without `path`. */
  readonly strip: boolean;
  /** Whether a request in the clear is answered by 308 to the same address over TLS. */
  readonly tls: boolean;
}

/** How a server is spoken to: HTTP/1.1, the same over TLS, HTTP/2 in the clear. */
export const schemes = ['http', 'https', 'h2'] as const;
export type Scheme = (typeof schemes)[number];

export interface Server {
  /** Unique in the service. Name, cookie and statistics follow it, whatever the order or the address. */
  readonly id: string;
  /** IPv4, IPv6 without brackets, or a name that HAProxy resolves while it runs. */
  readonly address: string;
  readonly port: number;
  /** Share of the requests next to the other servers, 0 to 256; absent: 1. With 0 it ends what it has begun. */
  readonly weight?: number | undefined;
  /** Concurrent requests; the rest waits in the queue. Absent: no limit. */
  readonly maxconn?: number | undefined;
  /** Absent: `http`. */
  readonly scheme?: Scheme;
  /** The service that it is of, where it stands in the backend of another or of several; name and cookie follow it. */
  readonly of?: string | undefined;
}

/** What suits a process unless somebody says otherwise. */
export const standardGlobal: Global = { hardStopAfter: 600 };

/** Times and checks that suit web applications. */
export const standardDefaults: Defaults = {
  timeouts: {
    connect: 5_000,
    client: 60_000,
    server: 60_000,
    httpRequest: 10_000,
    keepAlive: 30_000,
    queue: 30_000,
    tunnel: 3_600_000,
    check: 5_000,
  },
  retries: 3,
  checks: { interval: 10_000, fastInterval: 1_000, downInterval: 2_000, rise: 2, fall: 3 },
};
