import { registratorOptions } from '../../src/registrator/config.ts';
import { required, withDefault } from '../values/inputs.ts';
import {
  asText,
  emptyOr,
  matching,
  numberFrom,
  port,
  positiveNumber,
  wholeNumber,
  word,
} from '../values/rules.ts';
import { commonInputs, keyList, parameterName, passedInputs, sentence } from './common.ts';

/** As Go's strconv.ParseBool reads them. */
const boolean = word(['true', 'false', 't', 'f', '1', '0']);

const host = String.raw`(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)`;
const address = new RegExp(`^([Hh][Tt][Tt][Pp][Ss]?://)?${host}(:${port})?/?$`);

/** Settings that the function receives as they are. */
export const passedOn = {
  consulHttpSsl: { option: registratorOptions.ssl, rule: boolean },
  consulHttpSslVerify: { option: registratorOptions.sslVerify, rule: boolean },
  consulTlsServerName: { option: registratorOptions.serverName },
  ownerId: {
    option: registratorOptions.ownerId,
    rule: matching(/^[!-~]{1,512}$/, 'up to 512 printable characters without blanks'),
  },
  syncPolicy: { option: registratorOptions.policy, rule: word(['sync', 'upsert-only']) },
  maxDeletePercent: { option: registratorOptions.maxDeletePercent, rule: asText(numberFrom(0, 100)) },
  servicePrefix: {
    option: registratorOptions.servicePrefix,
    rule: matching(/^[A-Za-z0-9_.-]{0,128}$/, 'up to 128 letters, digits, underscores, dots or hyphens'),
  },
  serviceDefaultsFormat: {
    option: registratorOptions.format,
    rule: word(['auto', 'envoy-extension', 'meta']),
  },
  adoptUnowned: { option: registratorOptions.adoptUnowned, rule: boolean },
  concurrency: { option: registratorOptions.concurrency, rule: asText(wholeNumber(1)) },
  awsRequestsPerSecond: {
    option: registratorOptions.awsRequestsPerSecond,
    rule: asText(numberFrom(0.1, 1000)),
  },
  pageSize: { option: registratorOptions.pageSize, rule: asText(positiveNumber) },
};

export const registratorInputs = {
  ...commonInputs,
  consulHttpAddr: required('string', sentence(registratorOptions.address.description), {
    rule: matching(address, 'a Consul address as host:port, http://host:port or https://host:port'),
    example: 'https://consul.example.com:8501',
  }),
  consulDatacenter: withDefault('string', '', sentence(registratorOptions.datacenter.description), {
    rule: emptyOr(matching(/^[A-Za-z0-9_-]{1,128}$/, '1 to 128 letters, digits, underscores or hyphens')),
    example: 'dc1',
  }),
  consulCaCertPath: parameterName(
    'Parameter Store name or ARN of the CA certificate in PEM; switches TLS on.',
    '/consul/ca',
  ),
  consulHttpTokenPath: parameterName('Parameter Store name or ARN of the ACL token.', '/consul/token'),
  caCertPath: parameterName('Another spelling of `consul_ca_cert_path`; give one of them.', '/consul/ca'),
  httpTokenPath: parameterName(
    'Another spelling of `consul_http_token_path`; give one of them.',
    '/consul/token',
  ),
  parameterKmsKeyArns: keyList(
    'Customer-managed keys of those parameters; parameters under the key `aws/ssm` need none.',
  ),
  nodeName: withDefault('string', 'lambdas', sentence(registratorOptions.nodeName.description), {
    rule: matching(/^[A-Za-z0-9_.-]{1,128}$/, '1 to 128 letters, digits, underscores, dots or hyphens'),
  }),
  ...passedInputs(passedOn),
  timeout: withDefault(
    'number',
    300,
    'Seconds that a run may take; the first sync of a large account needs minutes.',
    {
      rule: wholeNumber(1, 900),
    },
  ),
  syncFrequencyInMinutes: withDefault('number', 5, 'Minutes between full syncs.', {
    rule: wholeNumber(1, 1440),
  }),
  maximumRetryAttempts: withDefault(
    'number',
    2,
    'Times that Lambda repeats a failed run before it is a dead letter.',
    {
      rule: wholeNumber(0, 2),
    },
  ),
  maximumEventAgeInSeconds: withDefault(
    'number',
    3600,
    'Age at which an event is a dead letter, delivered or not.',
    {
      rule: wholeNumber(60, 21_600),
    },
  ),
  bufferEvents: withDefault(
    'bool',
    false,
    'Whether Lambda events go through a queue and are handled in batches.',
  ),
  bufferBatchSize: withDefault('number', 100, 'Events in a batch at most.', { rule: wholeNumber(1, 10_000) }),
  bufferWindowInSeconds: withDefault('number', 5, 'Seconds that a batch is gathered.', {
    rule: wholeNumber(1, 300),
  }),
  bufferMaximumConcurrency: withDefault('number', 2, 'Batches that are handled at a time.', {
    rule: wholeNumber(2, 1000),
  }),
  createTrail: withDefault(
    'bool',
    false,
    'Whether to make a CloudTrail trail of this region; without any trail no Lambda events arrive.',
  ),
  createDashboard: withDefault('bool', true, 'Whether to make a CloudWatch dashboard.'),
};
