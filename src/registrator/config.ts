import { readFileSync } from 'node:fs';
import * as z from 'zod';
import {
  decimal,
  goBoolean,
  logLevel,
  oneOf,
  positiveNumber,
  secretText,
  text,
  wholeNumber,
} from '../config/fields.ts';
import { Secret } from '../core/secret.ts';
import {
  type Environment,
  type Option,
  optional,
  readOptions,
  required,
  withDefault,
} from '../config/options.ts';

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

const addressPattern =
  /^(?:(https?):\/\/)?(\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)(?::(\d{1,5}))?\/?$/i;

const consulAddress = z.string().transform((value, context) => {
  const [, scheme, host, port] = addressPattern.exec(value) ?? [];
  if (host === undefined || Number(port ?? 1) < 1 || Number(port ?? 1) > 65_535) {
    context.addIssue(
      `must be host:port, http://host:port or https://host:port, as consul.example.com:8501, not ${JSON.stringify(value)}`,
    );
    return z.NEVER;
  }
  return {
    host: host.replace(/^\[|\]$/g, ''),
    port: port === undefined ? undefined : Number(port),
    secure: scheme?.toLowerCase() === 'https',
  };
});

const parameterName = text(
  /^(arn:[^\s]{1,1000}|[A-Za-z0-9_./-]{1,1011})$/,
  'a Parameter Store name or ARN, as /consul/token',
);

/** A certificate or key as PEM, given as such or as the name of a file that holds it; the value itself may be secret. */
const pem = z.string().transform((value, context) => {
  if (value.includes('-----BEGIN ')) return value;
  try {
    return readFileSync(value, 'utf8');
  } catch {
    context.addIssue('is neither PEM nor the name of a readable file');
    return z.NEVER;
  }
});

/** Every environment variable of the registrator: for the Lambda, the CLI, the documentation and Terraform. */
export const registratorOptions = {
  address: required(
    'CONSUL_HTTP_ADDR',
    consulAddress,
    'Consul as `host:port`, `http://host:port` or `https://host:port`; without a port 80, with TLS 443',
  ),
  ssl: withDefault('CONSUL_HTTP_SSL', goBoolean, 'false', 'use TLS, whatever scheme the address names'),
  sslVerify: withDefault('CONSUL_HTTP_SSL_VERIFY', goBoolean, 'true', "verify Consul's certificate"),
  serverName: optional('CONSUL_TLS_SERVER_NAME', z.string(), "name expected in Consul's certificate"),
  tokenParameter: optional(
    'CONSUL_HTTP_TOKEN_PATH',
    parameterName,
    'Parameter Store name or ARN of the ACL token; wins over `CONSUL_HTTP_TOKEN`',
  ),
  token: optional('CONSUL_HTTP_TOKEN', secretText, 'ACL token'),
  caParameter: optional(
    'CONSUL_CACERT_PATH',
    parameterName,
    'Parameter Store name or ARN of the CA certificate in PEM; wins over `CONSUL_CACERT`',
  ),
  ca: optional('CONSUL_CACERT', pem, 'CA certificate, as a file name or as PEM'),
  clientCert: optional('CONSUL_CLIENT_CERT', pem, 'client certificate, as a file name or as PEM'),
  clientKey: optional(
    'CONSUL_CLIENT_KEY',
    pem.transform((text) => new Secret(text)),
    'key of the client certificate, as a file name or as PEM',
  ),
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

type Values = ReturnType<typeof readOptions<typeof registratorOptions>>;

export interface RegistratorConfig extends Omit<Values, 'address' | 'ssl'> {
  address: { host: string; port: number; secure: boolean };
  /** What was understood differently from how it was written. */
  warnings: string[];
}

/**
 * Reads the registrator's configuration.
 * @throws AppError CONFIG_INVALID with every problem in one message
 */
export function readRegistratorConfig(env: Environment): RegistratorConfig {
  const unpaired = Boolean(env['CONSUL_CLIENT_CERT']) !== Boolean(env['CONSUL_CLIENT_KEY']);
  const known = [
    ...notYetSupported(env),
    ...(unpaired ? ['CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY must be given together'] : []),
  ];
  const { address, ssl, ...values } = readOptions(registratorOptions, env, known);
  const secure = address.secure || ssl;
  return {
    ...values,
    address: { host: address.host, port: address.port ?? (secure ? 443 : 80), secure },
    pageSize: Math.ceil(Math.min(values.pageSize, maxPageSize)),
    warnings:
      values.pageSize > maxPageSize
        ? [`PAGE_SIZE is ${values.pageSize}; the tagging API allows ${maxPageSize}, which is used.`]
        : [],
  };
}
