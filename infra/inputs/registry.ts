import { registryOptions } from '../../src/registry/config.ts';
import { withDefault } from '../values/inputs.ts';
import { each, matching, oneOf, port, wholeNumber } from '../values/rules.ts';
import { commonInputs, optionalKey, passedInputs, passOn } from './common.ts';

const octet = '(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';
const ip4 = String.raw`${octet}(\.${octet}){3}`;
const ip6 = '[0-9A-Fa-f:.]{2,45}';
const bind = String.raw`(\*|${ip4}|\[${ip6}\])?:${port}`;
const binds = matching(
  new RegExp(`^${bind}( *, *${bind})*$`),
  'a comma list of addresses and ports such as :80, 127.0.0.1:80 or [::1]:80',
);

const nameserver = String.raw`(${ip4}(:${port})?|\[${ip6}\]:${port}|[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*)`;
const nameservers = matching(
  new RegExp(`^${nameserver}( *, *${nameserver})*$`),
  'a comma list of IP addresses with or without a port, such as 10.0.0.2, 10.0.0.2:5353 or [2001:db8::1]:53',
);

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-mappings.html */
const basePath = matching(
  /^\/?([A-Za-z0-9$_.+!*'()-]+\/)*[A-Za-z0-9$_.+!*'()-]*$/,
  'a path such as /registry',
);

const options = registryOptions;

/** Settings that the function receives as they are. */
export const passedOn = {
  serviceGrace: passOn(options.serviceGrace),
  hostTtl: passOn(options.hostTtl),
  bind: passOn(options.binds, binds),
  tlsBind: passOn(options.tlsBinds, binds),
  tlsCert: passOn(options.certificate),
  statsBind: passOn(options.statsBinds, binds),
  accessLog: passOn(options.log),
  trustedProxies: passOn(options.trustedProxies),
  nameservers: passOn(options.nameservers, nameservers),
  defaultAnswer: passOn(options.defaultAnswer),
  basePath: passOn(options.basePath, basePath),
  badCandidates: passOn(options.badCandidates),
};

export const registryInputs = {
  ...commonInputs,
  name: {
    ...commonInputs.name,
    description: 'Name of the function and of the table, API, role and alarms around it.',
    rule: matching(
      /^[A-Za-z0-9_-]{3,64}$/,
      '3 to 64 letters, digits, hyphens or underscores, as Lambda and DynamoDB want it',
    ),
    example: 'lambda-registry',
  },
  tables: withDefault(
    'list(string)',
    [],
    'Values of `table` that callers may name; the name alone unless given.',
    {
      rule: each(matching(/^[^, ]([^,]{0,253}[^, ])?$/, '1 to 255 characters without commas')),
      example: ['production'],
    },
  ),
  timeout: withDefault('number', 29, 'Seconds that a request may take; API Gateway itself waits for 29.', {
    rule: wholeNumber(1, 900),
  }),
  ...passedInputs(passedOn),
  apiType: withDefault(
    'string',
    'http',
    'Kind of API: `http` (cheaper) or `rest` (for WAF, usage plans, caching).',
    {
      rule: oneOf(['http', 'rest']),
    },
  ),
  restAccessLog: withDefault(
    'bool',
    false,
    'Whether a REST API logs its requests, which needs the role for CloudWatch in the API Gateway settings of the region (`aws_api_gateway_account`); an HTTP API logs them always.',
  ),
  authorization: withDefault(
    'string',
    'iam',
    'Who may call: `iam` (SigV4, by IAM policy), `jwt` (HTTP API only), or `none`, which leaves the API open to everybody.',
    { rule: oneOf(['iam', 'jwt', 'none']) },
  ),
  jwtIssuer: withDefault('string', '', 'Issuer of the tokens, an https URL; needed for `jwt`.'),
  jwtAudience: withDefault('list(string)', [], 'Audiences of the tokens; needed for `jwt`.'),
  throttlingRateLimit: withDefault('number', 20, 'Requests a second that the API takes on average.', {
    rule: wholeNumber(1, 10_000),
  }),
  throttlingBurstLimit: withDefault('number', 40, 'Requests that the API takes at once.', {
    rule: wholeNumber(1, 5000),
  }),
  tableKmsKeyArn: optionalKey('Customer-managed key of the table; an AWS-managed one unless given.'),
  deletionProtection: withDefault('bool', true, 'Whether the table is protected from deletion.'),
};
