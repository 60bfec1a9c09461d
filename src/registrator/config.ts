import { readFileSync } from 'node:fs';
import {
  consulOptions,
  consulProblems,
  type ConsulSettings,
  resolveAddress,
} from '../config/consul-options.ts';
import { decimal, goBoolean, logLevel, oneOf, positiveNumber, text, wholeNumber } from '../config/fields.ts';
import {
  type Environment,
  type Option,
  optional,
  type OptionValues,
  readOptions,
  withDefault,
} from '../config/options.ts';
import { tagPrefix } from '../lambda-service/tags.ts';

/** Where the CloudWatch metrics are found; alarms and dashboards are built from these names. */
export const metricNamespace = 'LambdaRegistrator';
export const metricDimension = 'FunctionName';
export const metricUnits = {
  SyncSucceeded: 'Count',
  Created: 'Count',
  Updated: 'Count',
  Deleted: 'Count',
  Unchanged: 'Count',
  Skipped: 'Count',
  Failed: 'Count',
  Conflicts: 'Count',
  DeletesRefused: 'Count',
  Retryable: 'Count',
  ManagedServices: 'Count',
  AwsCalls: 'Count',
  ConsulCalls: 'Count',
  Duration: 'Milliseconds',
} as const;
export type MetricName = keyof typeof metricUnits;

/** https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html (ResourcesPerPage) */
const maxPageSize = 100;

/** Every environment variable of the registrator: for the Lambda, the CLI, the documentation and Terraform. */
export const registratorOptions = {
  ...consulOptions((file) => readFileSync(file, 'utf8')),
  nodeName: withDefault(
    'NODE_NAME',
    text(/^[A-Za-z0-9_.-]{1,128}$/, '1 to 128 letters, digits, `_`, `.` and `-`'),
    'lambdas',
    'Consul node that carries the services',
  ),
  datacenter: optional(
    'DATACENTER',
    text(/^[A-Za-z0-9_-]{1,128}$/, '1 to 128 letters, digits, `_` and `-`'),
    "the datacenter that this registrator manages; without it the agent's",
  ),
  ownerId: optional(
    'OWNER_ID',
    text(/^[\x21-\x7e]{1,512}$/, 'up to 512 printable characters without blanks'),
    'who owns what is written; without it `<account>/<region>/<NODE_NAME>`',
  ),
  policy: withDefault(
    'SYNC_POLICY',
    oneOf(['sync', 'upsert-only']),
    'sync',
    '`sync`, or `upsert-only`, which never deletes',
  ),
  maxDeletePercent: withDefault(
    'MAX_DELETE_PERCENT',
    decimal(0, 100),
    '50',
    'a full sync that would delete more than 5 services and more than this share of the owned ones deletes none',
  ),
  servicePrefix: withDefault(
    'SERVICE_PREFIX',
    text(/^[A-Za-z0-9_.-]{0,128}$/, 'up to 128 letters, digits, `_`, `.` and `-`'),
    '',
    'prepended to every service name',
  ),
  format: withDefault(
    'SERVICE_DEFAULTS_FORMAT',
    oneOf(['auto', 'envoy-extension', 'meta']),
    'auto',
    "`auto` (by the server's version), `envoy-extension` (Consul 1.15 and later) or `meta` (older)",
  ),
  adoptUnowned: withDefault(
    'ADOPT_UNOWNED',
    goBoolean,
    'false',
    'also remove what the Go registrator left behind for functions that are gone or not enabled',
  ),
  concurrency: withDefault('CONCURRENCY', wholeNumber(1), '16', 'writes to Consul in flight'),
  awsRequestsPerSecond: withDefault(
    'AWS_REQUESTS_PER_SECOND',
    decimal(0.1, 1000),
    '8',
    'calls a second to each of the tagging and Lambda APIs, after a burst of 15',
  ),
  pageSize: withDefault('PAGE_SIZE', positiveNumber, '100', 'functions a page; more than 100 counts as 100'),
  logLevel: withDefault(
    'LOG_LEVEL',
    logLevel,
    'info',
    '`trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`',
  ),
} satisfies Record<string, Option<unknown>>;

/** Settings of the Go registrator that this version refuses rather than ignore. */
function notYetSupported(env: Environment): string[] {
  const refused = (name: string): string => `${name} is not supported yet; unset it`;
  const given = ['PARTITIONS', 'CONSUL_EXTENSION_DATA_PREFIX'].filter((name) => Boolean(env[name]));
  const enterprise = goBoolean.safeParse(env['ENTERPRISE'] || 'false');
  const problems = enterprise.error?.issues.map(({ message }) => `ENTERPRISE ${message}`) ?? [];
  return [...(enterprise.data ? [refused('ENTERPRISE')] : problems), ...given.map(refused)];
}

/** Settings of HashiCorp's clients that one registrator for all places cannot follow. */
function refusedPlaces(env: Environment): string[] {
  const instead = { CONSUL_NAMESPACE: 'namespace', CONSUL_PARTITION: 'partition' };
  return Object.entries(instead)
    .filter(([name]) => Boolean(env[name]))
    .map(
      ([name, tag]) =>
        `${name} is not supported; unset it: functions name theirs by the tag ${tagPrefix}${tag}`,
    );
}

type Values = OptionValues<typeof registratorOptions>;

export interface RegistratorConfig extends ConsulSettings, Omit<Values, 'address' | 'ssl'> {
  /** What was understood differently from how it was written. */
  warnings: string[];
}

/**
 * Reads the registrator's configuration, and the files that it names.
 * @throws AppError CONFIG_INVALID with every problem in one message
 */
export function readRegistratorConfig(env: Environment): RegistratorConfig {
  const known = [...notYetSupported(env), ...refusedPlaces(env), ...consulProblems(env)];
  const { address, ssl, ...values } = readOptions(registratorOptions, env, known);
  return {
    ...values,
    address: resolveAddress({ address, ssl }),
    pageSize: Math.ceil(Math.min(values.pageSize, maxPageSize)),
    warnings:
      values.pageSize > maxPageSize
        ? [`PAGE_SIZE is ${values.pageSize}; the tagging API allows ${maxPageSize}, which is used.`]
        : [],
  };
}
