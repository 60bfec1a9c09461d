import { partitionRule, registratorOptions } from '../../src/registrator/config.ts';
import { required, withDefault } from '../values/inputs.ts';
import { each, matching, port, ruleOf, wholeNumber } from '../values/rules.ts';
import {
  commonInputs,
  emptyOrOption,
  keyList,
  optionalKey,
  optionRule,
  parameterName,
  passedInputs,
  passOn,
  sentence,
} from './common.ts';

const options = registratorOptions;
const host = String.raw`(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)`;
const path = String.raw`(/[A-Za-z0-9._~!$&'()*+,;=:%-]+)*/?`;

/** Consul's address, as the program reads it. */
export const addressPattern = new RegExp(`^([Hh][Tt][Tt][Pp][Ss]?://)?${host}(:${port})?${path}$`);

/** Settings that the function receives as they are. */
export const passedOn = {
  consulHttpSsl: passOn(options.ssl),
  consulHttpSslVerify: passOn(options.sslVerify),
  consulTlsServerName: passOn(options.serverName),
  ownerId: passOn(options.ownerId),
  syncPolicy: passOn(options.policy),
  maxDeletePercent: passOn(options.maxDeletePercent),
  servicePrefix: passOn(options.servicePrefix),
  serviceDefaultsFormat: passOn(options.format),
  adoptUnowned: passOn(options.adoptUnowned),
  concurrency: passOn(options.concurrency),
  awsRequestsPerSecond: passOn(options.awsRequestsPerSecond),
  pageSize: passOn(options.pageSize),
};

export const registratorInputs = {
  ...commonInputs,
  // Its rule is a precondition: Terraform shows the value that breaks a validation, and this one may hold a password.
  consulHttpAddr: required('string', sentence(options.address.description), {
    example: 'https://consul.example.com:8501',
  }),
  consulDatacenter: emptyOrOption(options.datacenter, 'dc1'),
  primaryDatacenter: emptyOrOption(options.primaryDatacenter, 'dc1'),
  enterprise: withDefault('bool', false, sentence(options.enterprise.description)),
  partitions: withDefault(
    'list(string)',
    [],
    'Admin partitions to manage, `default` alone unless given; others need `enterprise`.',
    { rule: each(ruleOf(partitionRule)), example: ['default', 'apps'] },
  ),
  terminatingGateway: emptyOrOption(options.terminatingGateway, 'terminating-gateway'),
  consulExtensionDataPrefix: emptyOrOption(options.extensionPrefix, '/consul/lambda'),
  consulExtensionDataTier: emptyOrOption(options.extensionTier, 'Intelligent-Tiering'),
  extensionDataKmsKeyArn: optionalKey(sentence(options.extensionKey.description)),
  previousOwnerIds: withDefault(
    'list(string)',
    [],
    'Marks of owners whose services of this account and region are taken over.',
    {
      rule: each(
        matching(/^[\x21-\x2b\x2d-\x7e]{1,512}$/, '1 to 512 printable characters without blanks and commas'),
      ),
      example: ['123456789012/eu-central-1/lambdas'],
    },
  ),
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
  nodeName: withDefault('string', 'lambdas', sentence(options.nodeName.description), {
    rule: optionRule(options.nodeName),
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
