import * as fc from 'fast-check';
import { reservedWords } from '../haproxy/arbitraries.ts';
import { hostileTexts } from '../hostile-texts.ts';

const odd = fc.oneof(
  fc.constantFrom(...hostileTexts, ...reservedWords, '__proto__', '', '.', '-a', 'a'.repeat(300)),
  fc.tuple(fc.string(), fc.constantFrom(...hostileTexts)).map((parts) => parts.join('')),
  fc.string({ unit: 'binary' }),
);

/** Mostly what `usual` gives, sometimes anything that a caller can think of. */
function mostly<Value>(usual: fc.Arbitrary<Value>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 30, arbitrary: usual }, { weight: 1, arbitrary: fc.oneof(odd, fc.jsonValue()) });
}

const word = fc.oneof(
  fc.constantFrom(...reservedWords),
  fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,12}$/),
);
const hostName = fc.stringMatching(/^[A-Za-z]([A-Za-z0-9-]{0,6}[a-z])?(\.[a-z]{1,5}){0,3}\.?$/);
const routeHost = fc.oneof(
  hostName,
  hostName.map((name) => `*.${name}`),
  fc.constantFrom(
    '[2001:db8::1]',
    '[::1]',
    '10.0.0.7',
    '2001_db8__1',
    '[::1]:8080',
    'a.example:80',
    '*.a:443',
  ),
);
const routePath = fc.oneof(
  { weight: 6, arbitrary: fc.stringMatching(/^\/?[A-Za-z0-9._-]{1,6}(\/[A-Za-z0-9._-]{1,6}){0,4}\/?$/) },
  fc.constant('/'),
);
const address = fc.oneof(fc.ipV4(), fc.ipV6(), hostName);
const id = fc.oneof({ weight: 9, arbitrary: word }, fc.constantFrom('c1', 'c2', 'weave:expose'));
const container = fc.record({ id: mostly(id), ip: mostly(address) });

const candidate = fc.record(
  {
    serviceName: mostly(word),
    configMode: mostly(fc.constantFrom('host', 'path', 'HOST', 'Path')),
    predicate: mostly(fc.oneof(routeHost, routePath)),
    cookie: mostly(word),
    port: mostly(
      fc.oneof(fc.integer({ min: 1, max: 65_535 }), fc.integer({ min: 1, max: 65_535 }).map(String)),
    ),
    containers: mostly(fc.array(container, { maxLength: 4 })),
    hosts: mostly(fc.array(routeHost, { maxLength: 3 })),
    paths: mostly(fc.array(routePath, { maxLength: 3 })),
    strip: mostly(fc.boolean()),
    balance: mostly(fc.constantFrom('roundrobin', 'leastconn', 'random')),
    check: mostly(fc.stringMatching(/^\/[A-Za-z0-9._~/-]{0,9}(\?[a-z=&]{0,5})?$/)),
    weight: mostly(fc.integer({ min: 0, max: 256 })),
    maxconn: mostly(fc.integer({ min: 1, max: 10_000 })),
    tls: mostly(fc.boolean()),
  },
  { requiredKeys: ['serviceName', 'predicate', 'port', 'containers'] },
);

/** Payloads of which some are accepted and some are not. */
export const arbitraryPayload = fc.record(
  {
    table: fc.constant('t'),
    running: fc.array(fc.record({ serviceName: mostly(word), id: mostly(id), ip: mostly(address) }), {
      maxLength: 3,
    }),
    candidates: fc.array(candidate, { maxLength: 5 }),
  },
  { requiredKeys: ['table', 'running'] },
);
