import { readFileSync } from 'node:fs';
import {
  consulOptions,
  consulProblems,
  type ConsulSettings,
  resolveAddress,
} from '../config/consul-options.ts';
import {
  commaList,
  decimal,
  goBoolean,
  logLevel,
  oneOf,
  positiveNumber,
  text,
  wholeNumber,
} from '../config/fields.ts';
import {
  type Environment,
  type Option,
  optional,
  type OptionValues,
  readOptions,
  withDefault,
} from '../config/options.ts';
import { keeps, ruleWords, type TextRule } from '../config/text-rules.ts';
import { tagPrefix } from '../lambda-service/tags.ts';

/** https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html (ResourcesPerPage) */
const maxPageSize = 100;

/** A leading slash is added and final ones are dropped (https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html). */
const extensionPrefix = text(
  /^\/?[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+){0,11}\/*$/,
  'a Parameter Store path, as /consul/lambda',
  (path) => `/${path.replaceAll(/^\/|\/+$/g, '')}`,
);

/** What each partition of `PARTITIONS` must be (https://developer.hashicorp.com/consul/api-docs/admin-partitions). */
export const partitionRule: TextRule = {
  kind: 'form',
  pattern: /^[A-Za-z0-9]([A-Za-z0-9-]{0,62}[A-Za-z0-9])?$/,
  description: 'the name of a partition',
};

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
    "the one datacenter that this registrator manages; without it the agent's and those that tags name",
  ),
  primaryDatacenter: optional(
    'PRIMARY_DATACENTER',
    text(/^[A-Za-z0-9_-]{1,128}$/, '1 to 128 letters, digits, `_` and `-`'),
    'the datacenter that keeps the config entries of a federation; found out where it is needed and not given',
  ),
  enterprise: withDefault(
    'ENTERPRISE',
    goBoolean,
    'false',
    'Consul is Consul Enterprise: partition and namespace tags place functions',
  ),
  partitions: withDefault(
    'PARTITIONS',
    commaList,
    '',
    'admin partitions to manage, as a comma list; `default` where it is empty',
  ),
  terminatingGateway: optional(
    'TERMINATING_GATEWAY',
    text(/^[A-Za-z0-9]([A-Za-z0-9_.-]{0,126}[A-Za-z0-9])?$/, 'a service name, as terminating-gateway'),
    'terminating gateway that lists every service, unless a function names another one by its tag',
  ),
  extensionPrefix: optional(
    'CONSUL_EXTENSION_DATA_PREFIX',
    extensionPrefix,
    'Parameter Store path below which each function finds its certificate for calls into the mesh',
  ),
  extensionTier: optional(
    'CONSUL_EXTENSION_DATA_TIER',
    oneOf(['Standard', 'Advanced', 'Intelligent-Tiering']),
    '`Standard`, `Advanced` or `Intelligent-Tiering`: what to ask of Parameter Store for values over 4 KB',
  ),
  extensionKey: optional(
    'CONSUL_EXTENSION_DATA_KMS_KEY',
    text(/^[A-Za-z0-9:/_-]{1,2048}$/, 'the id, alias or ARN of a KMS key'),
    "KMS key to encrypt these values with; without it the account's key for Parameter Store",
  ),
  syncPeriod: withDefault(
    'SYNC_PERIOD',
    decimal(0.1, 1440),
    '5',
    'minutes between full syncs as they are scheduled',
  ),
  ownerId: optional(
    'OWNER_ID',
    text(/^[\x21-\x7e]{1,512}$/, 'up to 512 printable characters without blanks'),
    'who owns what is written; without it `<account>/<region>/<NODE_NAME>`',
  ),
  previousOwnerIds: withDefault(
    'PREVIOUS_OWNER_IDS',
    commaList,
    '',
    'marks of owners whose services of this account and region are taken over, as a comma list',
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

/** What is wrong with the places that are to be managed. */
function placeProblems(env: Environment): string[] {
  const enterprise = goBoolean.safeParse(env['ENTERPRISE'] || 'false').data ?? true;
  const partitions = commaList.parse(env['PARTITIONS'] ?? '');
  const bad = partitions.filter((name) => !keeps(partitionRule, name));
  const foreign = partitions.some((name) => name.toLowerCase() !== 'default');
  return [
    ...bad.map(
      (name) => `PARTITIONS holds ${JSON.stringify(name)}, which is not ${ruleWords(partitionRule)}`,
    ),
    ...(foreign && !enterprise ? ['PARTITIONS needs ENTERPRISE=true: Community has no partitions'] : []),
  ];
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

/** Where extension data is written, and how. */
export interface ExtensionSettings {
  /** With a slash at the beginning and none at the end. */
  prefix: string;
  /** Asked for where a value does not fit into a standard parameter. */
  tier: 'Standard' | 'Advanced' | 'Intelligent-Tiering' | undefined;
  kmsKey: string | undefined;
}

type Replaced = 'address' | 'ssl' | 'extensionPrefix' | 'extensionTier' | 'extensionKey';

export interface RegistratorConfig extends ConsulSettings, Omit<Values, Replaced> {
  /** Undefined where functions are given no certificates. */
  extension: ExtensionSettings | undefined;
  /** What was understood differently from how it was written. */
  warnings: string[];
}

/**
 * Reads the registrator's configuration, and the files that it names.
 * @throws AppError CONFIG_INVALID with every problem in one message
 */
export function readRegistratorConfig(env: Environment): RegistratorConfig {
  const known = [...placeProblems(env), ...refusedPlaces(env), ...consulProblems(env)];
  const read = readOptions(registratorOptions, env, known);
  const {
    address,
    ssl,
    extensionPrefix: prefix,
    extensionTier: tier,
    extensionKey: kmsKey,
    ...values
  } = read;
  return {
    ...values,
    partitions: partitionsOf(values),
    extension: prefix === undefined ? undefined : { prefix, tier, kmsKey },
    address: resolveAddress({ address, ssl }),
    pageSize: Math.ceil(Math.min(values.pageSize, maxPageSize)),
    warnings: warningsOf(values),
  };
}

/** Partitions that are managed, in lower case; none where Consul is Community. */
function partitionsOf({ enterprise, partitions }: Pick<Values, 'enterprise' | 'partitions'>): string[] {
  if (!enterprise) return [];
  return partitions.length === 0 ? ['default'] : [...new Set(partitions.map((name) => name.toLowerCase()))];
}

function warningsOf({ pageSize, enterprise, partitions }: Omit<Values, Replaced>): string[] {
  return [
    ...(pageSize > maxPageSize
      ? [`PAGE_SIZE is ${pageSize}; the tagging API allows ${maxPageSize}, which is used.`]
      : []),
    ...(enterprise && partitions.length === 0
      ? ['PARTITIONS is empty: the partition default alone is managed.']
      : []),
  ];
}
