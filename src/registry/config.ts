import * as z from 'zod';
import { checkedText, commaList, logLevel, oneOf, text, wholeNumber } from '../config/fields.ts';
import { haproxyOptions } from '../config/haproxy-options.ts';
import {
  type Environment,
  type Option,
  configError,
  optional,
  readOptions,
  required,
  withDefault,
} from '../config/options.ts';
import { endpointText } from '../core/network/addresses.ts';
import { type Checked, accepted, matching } from '../core/checked.ts';
import { type ProxyConfig, ownBinds } from '../haproxy/assembly.ts';

const year = 31_536_000;

/** Names of DynamoDB tables; logical tables follow the same rule. */
const tablePattern = /^[A-Za-z0-9_.-]{3,255}$/;
const tableName = text(tablePattern, '3 to 255 letters, digits, _, . and -');

/**
 * What API mappings may be called, with or without slashes around it; `/` and nothing are the same
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-mappings.html). The value begins with a slash.
 */
function checkBasePath(path: string): Checked<string> {
  const bare = path.replace(/^\/|\/$/g, '');
  if (bare === '') return accepted('');
  return matching(`/${bare}`, /^(\/[A-Za-z0-9$_.+!*'()-]+)+$/, "a path of letters, digits and $-_.+!*'()");
}

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
  ...haproxyOptions,
  defaultAnswer: withDefault(
    'DEFAULT_ANSWER',
    oneOf(['text', 'legacy']),
    'text',
    'answer to callers without a preference: the configuration, or with `legacy` the same as one JSON string',
  ),
  basePath: withDefault(
    'BASE_PATH',
    checkedText(checkBasePath),
    '',
    'path that a custom domain maps to the registry, such as `/registry`; taken off the paths of requests',
  ),
  badCandidates: withDefault(
    'BAD_CANDIDATES',
    oneOf(['refuse', 'skip']),
    'refuse',
    'what a fault in a candidate or a container does: refuse the payload, or `skip` that candidate or container alone and tell it in `x-rejected`',
  ),
  logLevel: withDefault('LOG_LEVEL', logLevel, 'info', 'least level of the log'),
};

type ValueOf<Entry> = Entry extends Option<infer Value> ? Value : never;
type ValuesOf<Table> = { [Key in keyof Table]: ValueOf<Table[Key]> };

export type RegistryConfig = Omit<ValuesOf<typeof registryOptions>, 'tables'> & {
  tables: string[];
};

export type BadCandidates = RegistryConfig['badCandidates'];

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
  const values = readOptions(haproxyOptions, env);
  checkTogether(values);
  return values;
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
