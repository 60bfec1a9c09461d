import * as z from 'zod';
import { checkedText, commaList, logLevel, oneOf, text, wholeNumber } from '../config/fields.ts';
import {
  type Environment,
  type Option,
  configError,
  optional,
  readOptions,
  required,
  withDefault,
} from '../config/options.ts';
import { checkBind, checkCidr, checkEndpoint, endpointText } from '../haproxy/addresses.ts';
import { accepted } from '../core/checked.ts';
import type { Endpoint } from '../haproxy/model.ts';
import { checkFilePath } from '../haproxy/names.ts';

const binds: z.ZodType<Endpoint[], string> = commaList.pipe(z.array(checkedText(checkBind)));
const networks: z.ZodType<string[], string> = commaList.pipe(z.array(checkedText(checkCidr)));
const nameservers: z.ZodType<Endpoint[], string> = commaList.pipe(
  z.array(
    checkedText((server) => {
      const endpoint = checkEndpoint(server);
      return endpoint.ok ? endpoint : checkEndpoint(endpointText({ address: server, port: 53 }));
    }),
  ),
);
const year = 31_536_000;

type LogTarget = Endpoint | 'stdout' | undefined;

const logTarget: z.ZodType<LogTarget, string> = checkedText<LogTarget>((target) => {
  if (target === '') return accepted(undefined);
  return target === 'stdout' ? accepted(target) : checkEndpoint(target);
});

/** An option whose empty text switches it off. */
function orEmpty<Value>(option: Option<Value>): Option<Value> {
  return { ...option, emptyCounts: true };
}

/** What the generated file says apart from its services; `render` reads these alone. */
const proxyOptions = {
  binds: withDefault('BIND', binds, ':80', 'comma list of addresses where HAProxy listens for HTTP'),
  tlsBinds: withDefault('TLS_BIND', binds, '', 'comma list of addresses where HAProxy listens for HTTPS'),
  certificate: optional(
    'TLS_CERT',
    checkedText(checkFilePath),
    "PEM file, or directory of them, on HAProxy's host; required with `TLS_BIND`",
  ),
  statsBinds: orEmpty(
    withDefault(
      'STATS_BIND',
      binds,
      '127.0.0.1:8404',
      'comma list of addresses of `/stats` and `/metrics`; empty: none',
    ),
  ),
  log: orEmpty(
    withDefault(
      'LOG',
      logTarget,
      '127.0.0.1:514',
      'where the access log goes: IP address and port of a syslog server, or `stdout`; empty: nowhere',
    ),
  ),
  trustedProxies: withDefault(
    'TRUSTED_PROXIES',
    networks,
    '',
    'comma list of networks whose X-Forwarded-For is kept and whose X-Forwarded-Proto is believed',
  ),
};

/** Names of DynamoDB tables; logical tables follow the same rule. */
const tablePattern = /^[A-Za-z0-9_.-]{3,255}$/;
const tableName = text(tablePattern, '3 to 255 letters, digits, _, . and -');

/** Every environment variable of the registry: for the Lambda, the CLI, the documentation and Terraform. */
export const registryOptions = {
  tableName: required('TABLE_NAME', tableName, 'the DynamoDB table'),
  tables: optional(
    'TABLES',
    commaList.pipe(z.array(z.string().max(255)).min(1, { error: 'must name at least one table' })),
    'comma list of the values of `table` that callers may name; without it `TABLE_NAME` alone',
  ),
  serviceGrace: withDefault(
    'SERVICE_GRACE',
    wholeNumber(0, year),
    '0',
    'seconds that a service is remembered without instances',
  ),
  hostTtl: withDefault(
    'HOST_TTL',
    wholeNumber(0, year),
    '0',
    'seconds after which the instances of a silent host are dropped; 0: never',
  ),
  ...proxyOptions,
  defaultAnswer: withDefault(
    'DEFAULT_ANSWER',
    oneOf(['text', 'legacy']),
    'text',
    'answer to callers without a preference: the configuration, or with `legacy` the same as one JSON string',
  ),
  nameservers: withDefault(
    'NAMESERVERS',
    nameservers,
    '',
    "comma list of name servers, `address[:port]`, for containers given by name; empty: those of resolv.conf on HAProxy's host, which must exist",
  ),
  basePath: withDefault(
    'BASE_PATH',
    text(/^\/?([A-Za-z0-9$_.+!*'()-]+\/)*[A-Za-z0-9$_.+!*'()-]*$/, 'a path such as /registry'),
    '',
    'path that a custom domain maps to the registry, such as `/registry`; taken off the paths of requests',
  ),
  badCandidates: withDefault(
    'BAD_CANDIDATES',
    oneOf(['refuse', 'skip']),
    'refuse',
    'what a fault in a candidate or a container does: refuse the payload, or `skip` that candidate or container alone',
  ),
  logLevel: withDefault('LOG_LEVEL', logLevel, 'info', 'least level of the log'),
};

type ValueOf<Entry> = Entry extends Option<infer Value> ? Value : never;
type ValuesOf<Table> = { readonly [Key in keyof Table]: ValueOf<Table[Key]> };

export type ProxyConfig = ValuesOf<typeof proxyOptions>;
export type RegistryConfig = Omit<ValuesOf<typeof registryOptions>, 'tables'> & {
  readonly tables: readonly string[];
};

/** @throws AppError CONFIG_INVALID with every problem in one message */
export function readRegistryConfig(env: Environment): RegistryConfig {
  const values = readOptions(registryOptions, env);
  checkTogether(values);
  return { ...values, tables: values.tables ?? [values.tableName] };
}

/**
 * The options of the generated file alone.
 * @throws AppError CONFIG_INVALID with every problem in one message
 */
export function readProxyConfig(env: Environment): ProxyConfig {
  const values = readOptions(proxyOptions, env);
  checkTogether(values);
  return values;
}

/** Whether HAProxy can tell a request over TLS from one in the clear. */
export function knowsTls({ tlsBinds, trustedProxies }: ProxyConfig): boolean {
  return tlsBinds.length > 0 || trustedProxies.length > 0;
}

/** Every address where HAProxy itself listens. */
export function ownBinds({ binds, tlsBinds, statsBinds }: ProxyConfig): Endpoint[] {
  return [...binds, ...tlsBinds, ...statsBinds];
}

function checkTogether(config: ProxyConfig): void {
  const problems: string[] = [];
  if (config.binds.length + config.tlsBinds.length === 0) problems.push('BIND must name an address');
  if (config.tlsBinds.length > 0 && config.certificate === undefined) {
    problems.push('TLS_CERT is required with TLS_BIND');
  }
  const seen = new Set<string>();
  for (const bind of ownBinds(config).map(endpointText)) {
    if (seen.has(bind)) problems.push(`${bind} is listed twice among BIND, TLS_BIND and STATS_BIND`);
    seen.add(bind);
  }
  if (problems.length > 0) throw configError(problems);
}
