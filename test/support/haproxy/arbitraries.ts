import * as fc from 'fast-check';
import {
  type Configuration,
  type Route,
  type Server,
  type Service,
  balances,
  schemes,
  tlsVersions,
} from '../../../src/haproxy/model.ts';
import { backendName } from '../../../src/haproxy/routes.ts';

/** Words that mean something to HAProxy, JavaScript or a shell and are legal names all the same. */
export const reservedWords = [
  'if',
  'unless',
  'or',
  'and',
  'not',
  'TRUE',
  'FALSE',
  'HTTP',
  'LOCALHOST',
  'server',
  'backend',
  'frontend',
  'default',
  'global',
  'check',
  'track',
  'cookie',
  'prefix',
  'nocache',
  'insert',
  'stats',
  'metrics',
  'be_none',
  'fe_http',
  'constructor',
  'toString',
  'null',
  'undefined',
  'r_',
  's_',
  'w_',
  '0',
  '1',
];

const word = fc.oneof(
  fc.constantFrom(...reservedWords),
  fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/),
  fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{126}[A-Za-z0-9]$/),
);
const label = fc.stringMatching(/^[a-z_]([a-z0-9_-]{0,8}[a-z0-9_])?$/);
const hostName = fc.oneof(
  { arbitrary: fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.')), weight: 9 },
  fc.constantFrom(
    'rhttp',
    'rht',
    'unix',
    'fd',
    'ipv4',
    'none',
    'localhost',
    'abns',
    'stdout',
    'quic4',
    'ring',
    'sockpair',
  ),
);
const ipv4 = fc
  .tuple(fc.integer({ min: 1, max: 126 }), fc.nat(255), fc.nat(255), fc.nat(255))
  .map((parts) => parts.join('.'));
const ipv6 = fc.integer({ min: 1, max: 0xffff }).map((last) => `2001:db8::${last.toString(16)}`);
const segment = fc.stringMatching(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,6}$/);
const path = fc.array(segment, { minLength: 1, maxLength: 16 }).map((segments) => `/${segments.join('/')}`);
const port = fc.integer({ min: 1, max: 65_535 });

const server: fc.Arbitrary<Server> = fc.record(
  {
    id: fc.oneof(word, fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/)),
    address: fc.oneof(ipv4, ipv6, hostName),
    port,
    weight: fc.nat(256),
    maxconn: fc.integer({ min: 1, max: 1_000_000 }),
  },
  { requiredKeys: ['id', 'address', 'port'] },
);

const route: fc.Arbitrary<Route> = fc
  .record(
    {
      host: fc.oneof(
        hostName,
        hostName.map((name) => `*.${name}`),
        ipv4,
        ipv6.map((address) => `[${address}]`),
      ),
      path,
      strip: fc.boolean(),
      tls: fc.boolean(),
    },
    { requiredKeys: ['strip', 'tls'] },
  )
  .filter(({ strip, path }) => !strip || path !== undefined);

const service: fc.Arbitrary<Omit<Service, 'routes'>> = fc.record(
  {
    name: word,
    servers: fc.uniqueArray(server, { maxLength: 4, selector: ({ id }) => id }),
    balance: fc.constantFrom(...balances),
    cookie: fc.oneof(fc.constantFrom(...reservedWords), fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/)),
    check: fc.stringMatching(/^\/[A-Za-z0-9._~/-]{0,20}(\?[A-Za-z0-9._~/=&-]{0,9})?$/),
  },
  { requiredKeys: ['name', 'servers', 'balance'] },
);

const services: fc.Arbitrary<Service[]> = fc
  .tuple(
    fc.uniqueArray(service, { maxLength: 6, selector: ({ name }) => name }),
    fc.uniqueArray(route, { maxLength: 14, selector: backendName }),
  )
  .map(([services, routes]) =>
    services.map((service, at) => ({
      ...service,
      routes: routes.filter((_, index) => index % services.length === at),
    })),
  );

const milliseconds = fc.integer({ min: 1, max: 86_400_000 });

/** Any model that can be rendered; certificates are those of `certificate`. */
export function arbitraryConfiguration(certificate: string): fc.Arbitrary<Configuration> {
  const log = fc.oneof(fc.constant('stdout' as const), fc.record({ address: fc.oneof(ipv4, ipv6), port }));
  const stats = fc.record({
    binds: fc.constant([{ address: '127.0.0.1', port: 8404 }]),
  });
  return fc.record(
    {
      global: fc.record(
        {
          log,
          hardStopAfter: fc.integer({ min: 1, max: 86_400 }),
        },
        { requiredKeys: ['hardStopAfter'] },
      ),
      defaults: fc.record({
        timeouts: fc.record({
          connect: milliseconds,
          client: milliseconds,
          server: milliseconds,
          httpRequest: milliseconds,
          keepAlive: milliseconds,
          queue: milliseconds,
          tunnel: milliseconds,
          check: milliseconds,
        }),
        retries: fc.nat(100),
        checks: fc.record({
          interval: milliseconds,
          fastInterval: milliseconds,
          downInterval: milliseconds,
          rise: fc.integer({ min: 1, max: 100 }),
          fall: fc.integer({ min: 1, max: 100 }),
        }),
      }),
      frontend: fc.record({
        binds: fc.constant([{ address: '', port: 8080 }]),
        tls: fc.record({
          binds: fc.constant([{ address: '::1', port: 8443 }]),
          certificate: fc.constant(certificate),
          minVersion: fc.constantFrom(...tlsVersions),
        }),
        trustedProxies: fc.array(
          fc.oneof(
            ipv4,
            ipv6,
            ipv4.map((address) => `${address}/8`),
          ),
          { maxLength: 120 },
        ),
      }),
      stats,
      resolvers: fc.record({
        nameservers: fc.array(fc.record({ address: fc.oneof(ipv4, ipv6), port }), { maxLength: 3 }),
      }),
      services,
    },
    { requiredKeys: ['global', 'defaults', 'frontend', 'resolvers', 'services'] },
  );
}

const credentials = fc.record({
  user: fc.stringMatching(/^[A-Za-z0-9._-]{1,20}$/),
  hash: fc.stringMatching(/^\$5\$rounds=1000\$[./0-9A-Za-z]{1,16}\$[./0-9A-Za-z]{43}$/),
});
const longTime = fc.integer({ min: 1, max: 86_400_000 });

const options = fc.record(
  {
    name: fc.stringMatching(/^[a-z]{1,8}:[0-9a-f]{16}$/),
    check: fc.constant('off'),
    checkTimes: fc.record(
      { interval: longTime, rise: fc.integer({ min: 1, max: 100 }), fall: fc.integer({ min: 1, max: 100 }) },
      { requiredKeys: [] },
    ),
    timeout: longTime,
    slowstart: longTime,
    snippet: fc.constant(['http-request set-header X-Service "with words"']),
  },
  { requiredKeys: [] },
);
const furtherOptions = fc.record(
  {
    options,
    sticky: fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/),
    scheme: fc.constantFrom(...schemes),
    /** Whose servers they are. */
    of: fc.constantFrom('web', 'next:0123456789abcdef'),
  },
  { requiredKeys: ['options'] },
);

const furtherParts = fc.record({
  fallback: fc.option(
    fc.record({
      domain: fc.constantFrom('home.example', 'home.example:8080', '10.0.0.1'),
      keepPath: fc.boolean(),
    }),
  ),
  pages: fc.option(fc.record({ stats: credentials, metrics: credentials }, { requiredKeys: [] })),
  credentials: fc.option(credentials),
  redirect: fc.boolean(),
  hsts: fc.option(fc.integer({ min: 1, max: 1_000_000_000 })),
  own: fc.option(
    fc.record(
      {
        base: fc.constant(
          'global\n    maxconn 1000\ndefaults\n    mode http\n    timeout connect 5s\n    timeout client 5s\n    timeout server 5s\n',
        ),
        extra: fc.constant('backend extra\n    mode http\n    balance roundrobin\n'),
        frontend: fc.constant(['http-request set-header X-Front front']),
        backend: fc.constant(['http-request set-header X-Every every']),
      },
      { requiredKeys: [] },
    ),
  ),
});

/** As `arbitraryConfiguration`, with what an agent may want besides. */
export function arbitraryAgentConfiguration(certificate: string): fc.Arbitrary<Configuration> {
  const options = fc.array(furtherOptions, { minLength: 6, maxLength: 6 });
  return fc
    .tuple(arbitraryConfiguration(certificate), options, furtherParts)
    .map(([model, options, { fallback, pages, credentials, redirect, hsts, own }]) => {
      const { tls } = model.frontend;
      const secured = tls && { ...tls, redirect, fingerprint: 'a1', ...(hsts === null ? {} : { hsts }) };
      return {
        ...model,
        ...(model.stats && { stats: { ...model.stats, ...(credentials && { credentials }) } }),
        ...(own && { own }),
        frontend: {
          ...model.frontend,
          ...(secured && { tls: secured }),
          ...(fallback && { fallback }),
          ...(pages && { pages }),
          noDelay: true,
        },
        services: model.services.map((service, at) => {
          const { scheme, sticky, of, options: further } = options[at] ?? {};
          return {
            ...service,
            ...further,
            ...(sticky !== undefined && service.cookie === undefined && { sticky }),
            servers: service.servers.map((server) => ({
              ...server,
              ...(scheme && { scheme }),
              ...(of !== undefined && { of }),
            })),
          };
        }),
      };
    })
    .filter(({ services }) => new Set(services.map(({ name }) => name)).size === services.length);
}
