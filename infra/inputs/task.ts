import { optional, required, withDefault } from '../values/inputs.ts';
import { each, entriesOf, matching, nullOr, oneOf, wholeNumber } from '../values/rules.ts';
import { commonInputs, keyList } from './common.ts';

const { logLevel: _logLevel, createLogGroup, logGroupName, ...common } = commonInputs;
const { logRetentionInDays, logKmsKeyArn, permissionsBoundary, createAlarms, alarmActions, tags } = common;

/** A parameter of Parameter Store, or a secret of Secrets Manager, of which one key of its JSON may be taken. */
const secretArn = matching(
  /^arn:[a-z0-9-]+:(ssm:[a-z0-9-]+:[0-9]{12}:parameter\/[A-Za-z0-9_./-]+|secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+(:[A-Za-z0-9_.-]+::)?)$/,
  'the ARN of a parameter or a secret, or that of a secret with a key, as `…:secret:consul-a1b2c3:token::`',
);
const variable = matching(/^[A-Za-z_][A-Za-z0-9_]*$/, 'letters, digits and underscores');
const anyText = matching(/^/, 'a text');
const secretExample = 'arn:aws:ssm:eu-central-1:123456789012:parameter/consul/token';

/** Security group, subnet and VPC ids. */
const idOf = (kind: string, words: string) => matching(new RegExp(`^${kind}-[A-Za-z0-9-]+$`), words);

/** Where the tasks run, and who reaches them. */
const placeInputs = {
  clusterName: required('string', 'Name of the ECS cluster to run in.', {
    rule: matching(/^[A-Za-z0-9_-]{1,255}$/, 'the name of a cluster, not its ARN'),
    example: 'production',
  }),
  capacity: withDefault(
    'string',
    'FARGATE',
    'Where tasks run: `FARGATE`, or `EC2` for instances of the cluster.',
    {
      rule: oneOf(['FARGATE', 'EC2']),
    },
  ),
  vpcId: required('string', 'VPC of the subnets.', {
    rule: idOf('vpc', 'the id of a VPC'),
    example: 'vpc-0abc',
  }),
  subnetIds: required('list(string)', 'Subnets to run in; each task has an address of its own there.', {
    rule: each(idOf('subnet', 'the id of a subnet')),
    example: ['subnet-0abc', 'subnet-0def'],
  }),
  assignPublicIp: withDefault(
    'bool',
    false,
    'Whether tasks on Fargate have public addresses, which subnets without a NAT gateway and endpoints need to reach AWS.',
  ),
  allowedSecurityGroupIds: withDefault(
    'list(string)',
    [],
    'Security groups that may call, as that of the load balancer.',
    { rule: each(idOf('sg', 'the id of a security group')), example: ['sg-0abc'] },
  ),
  allowedCidrBlocks: withDefault('list(string)', [], 'Networks that may call.', {
    rule: each(matching(/^[0-9.]{7,15}\/[0-9]{1,2}$/, 'an IPv4 network as 10.0.0.0/16')),
    example: ['10.0.0.0/16'],
  }),
  securityGroupIds: withDefault(
    'list(string)',
    [],
    'Further security groups of the tasks, beside the one that is made.',
    { rule: each(idOf('sg', 'the id of a security group')), example: ['sg-0abc'] },
  ),
  targetGroupArn: optional('string', 'Target group (of type `ip`) of a load balancer that sends requests.', {
    rule: nullOr(
      matching(/^arn:[a-z0-9-]+:elasticloadbalancing:.+:targetgroup\/.+$/, 'the ARN of a target group'),
    ),
    example: 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/web/0123456789abcdef',
  }),
  healthCheckGracePeriodInSeconds: withDefault(
    'number',
    60,
    'Seconds in which a new task may be unhealthy to the load balancer.',
    { rule: wholeNumber(0, 86_400) },
  ),
  serviceRegistryArn: optional(
    'string',
    'Service of Cloud Map (with A records) that tasks are registered in.',
    {
      rule: nullOr(
        matching(/^arn:[a-z0-9-]+:servicediscovery:.+:service\/.+$/, 'the ARN of a service of Cloud Map'),
      ),
      example: 'arn:aws:servicediscovery:eu-central-1:123456789012:service/srv-0abc',
    },
  ),
};

/** What the program is told. */
const toldInputs = {
  environment: withDefault(
    'map(string)',
    {},
    'Further environment variables, without secrets: whoever may read task definitions sees them.',
    { rule: entriesOf(variable, anyText), example: { NODE_OPTIONS: '--max-old-space-size=384' } },
  ),
  secrets: withDefault(
    'map(string)',
    {},
    'Environment variables whose values are secrets, by the ARN of a parameter of Parameter Store or a secret of Secrets Manager.',
    { rule: entriesOf(variable, secretArn), example: { CONSUL_HTTP_TOKEN: secretExample } },
  ),
  secretFiles: withDefault(
    'map(string)',
    {},
    'Files below `/etc/lambda-registrator` whose contents are secrets, by their ARNs likewise.',
    { rule: entriesOf(variable, secretArn), example: { consul_token: secretExample } },
  ),
  secretKmsKeyArns: keyList(
    "Customer-managed keys of those parameters and secrets; under AWS's own keys they need none.",
  ),
};

/** What every program that runs as tasks of ECS has. */
export const taskInputs = {
  name: required(
    'string',
    'Name of the service, the task definition, and of the roles and alarms around them.',
    {
      rule: matching(
        /^[A-Za-z0-9_][A-Za-z0-9_-]{0,53}$/,
        '1 to 54 letters, digits, hyphens or underscores, as names of roles are made of it',
      ),
    },
  ),
  image: required(
    'string',
    "Image of the program, whose entry point takes the program's file as its argument.",
    {
      rule: matching(/^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,254}$/, 'the address of an image'),
    },
  ),
  imageRepositoryArn: optional(
    'string',
    'Repository of ECR that the image is in; other registries are read without it.',
    {
      rule: nullOr(
        matching(/^arn:[a-z0-9-]+:ecr:[a-z0-9-]+:[0-9]{12}:repository\/[^*? ]+$/, 'the ARN of a repository'),
      ),
      example: 'arn:aws:ecr:eu-central-1:123456789012:repository/lambda-registrator',
    },
  ),
  arch: withDefault('string', 'arm64', 'Processor of the image.', { rule: oneOf(['arm64', 'x86_64']) }),
  cpu: withDefault('number', 512, 'Share of processors, 1024 for each; Fargate takes 256 to 16384.', {
    rule: wholeNumber(128, 196_608),
  }),
  memory: withDefault('number', 1024, 'Memory in MiB; on Fargate one of those that go with `cpu`.', {
    rule: wholeNumber(64),
  }),
  desiredCount: withDefault('number', 2, 'Tasks to run.', { rule: wholeNumber(0, 5000) }),
  stopTimeoutInSeconds: withDefault(
    'number',
    60,
    'Seconds that a task has to end, more than `grace` in its configuration (30 seconds unless given).',
    { rule: wholeNumber(2, 120) },
  ),
  ...placeInputs,
  ...toldInputs,
  createLogGroup: {
    ...createLogGroup,
    description: 'Whether to make the log group; `false` when it is yours.',
  },
  logGroupName: { ...logGroupName, description: 'Name of the log group; `/ecs/<name>` unless given.' },
  logRetentionInDays,
  logKmsKeyArn,
  permissionsBoundary,
  createAlarms,
  alarmActions,
  createDashboard: withDefault('bool', true, 'Whether to make a CloudWatch dashboard.'),
  tags,
};
