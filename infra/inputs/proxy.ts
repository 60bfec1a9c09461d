import { optional, required, withDefault } from '../values/inputs.ts';
import { each, matching, nullOr, wholeNumber } from '../values/rules.ts';
import { taskInputs } from './task.ts';

const { name, image, ...others } = taskInputs;

export const proxyInputs = {
  name: { ...name, example: 'lambda-proxy' },
  image: { ...image, example: '123456789012.dkr.ecr.eu-central-1.amazonaws.com/lambda-proxy:1.0.0' },
  functionArns: required(
    'list(string)',
    'Functions that may be invoked, by ARN: with an alias or a version that alone, without one every one of the function. `*` stands for any characters.',
    {
      rule: each(
        matching(
          /^arn:[a-z0-9-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_*-]+(:[A-Za-z0-9_$*-]+)?$/,
          'the ARN of a function',
        ),
      ),
      example: ['arn:aws:lambda:eu-central-1:123456789012:function:shop'],
    },
  ),
  functionTag: optional(
    'string',
    'Tag that functions must have with the value `true` to be invoked; any of `function_arns` may be unless given.',
    {
      rule: nullOr(matching(/^[A-Za-z0-9 _.:/=+@-]{1,128}$/, 'the key of a tag')),
      example: 'serverless.consul.hashicorp.com/v1alpha1/lambda/enabled',
    },
  ),
  assumedRoleArns: withDefault('list(string)', [], 'Roles that routes name in `assume_role_arn`.', {
    rule: each(matching(/^arn:[a-z0-9-]+:iam::[0-9]{12}:role\/[^*? ]+$/, 'the ARN of a role')),
    example: ['arn:aws:iam::210987654321:role/invoke'],
  }),
  configuration: withDefault(
    'string',
    '',
    "The proxy's file, in YAML, but for `host`, `port`, `internal_route_prefix`, `internal_routes` and `admin`, which are set here.",
    { example: 'aws:\n  - { hostname: shop.example.com, function_name: shop }\n' },
  ),
  port: withDefault('number', 8080, 'Port that requests come to.', { rule: wholeNumber(1, 65_535) }),
  internalRoutePrefix: withDefault(
    'string',
    'internal',
    'First segment of the path under which the load balancer asks for health: `/<prefix>/healthz`.',
    { rule: matching(/^[A-Za-z0-9_-]{1,64}$/, '1 to 64 letters, digits, hyphens or underscores') },
  ),
  serverErrorsThreshold: withDefault(
    'number',
    10,
    'Answers of 500 and above in five minutes, above which the alarm goes off.',
    { rule: wholeNumber(0) },
  ),
  ...others,
};
