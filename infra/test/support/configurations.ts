import { App, type TerraformStack } from 'cdktf';
import { fileURLToPath } from 'node:url';
import { isObject, type Json, type JsonObject } from '../../module/expressions.ts';
import { AgentStack, ProxyStack, RegistratorStack, RegistryStack } from '../../stacks/program-stack.ts';

const region = 'eu-central-1';

/** A registrator with every part there is. */
export const everything = {
  consulCaCertPath: '/consul/ca',
  consulHttpTokenPath: 'consul/token',
  parameterKmsKeyArns: ['arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab'],
  subnetIds: ['subnet-1', 'subnet-2'],
  securityGroupIds: ['sg-1'],
  bufferEvents: true,
  createTrail: true,
  consulDatacenter: 'dc1',
  primaryDatacenter: 'dc1',
  enterprise: true,
  partitions: ['default', 'apps'],
  terminatingGateway: 'terminating-gateway',
  consulExtensionDataPrefix: '/consul/lambda',
  consulExtensionDataTier: 'Intelligent-Tiering',
  extensionDataKmsKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/5678abcd-12ab-34cd-56ef-1234567890ab',
  previousOwnerIds: ['123456789012/eu-central-1/functions'],
  alarmActions: ['arn:aws:sns:eu-central-1:123456789012:oncall'],
  tags: { team: 'network' },
};

/** A registry behind a REST API that is open to everybody and logs its requests. */
export const openRest = {
  apiType: 'rest',
  restAccessLog: true,
  authorization: 'none',
  tables: ['production', 'staging'],
};

const secretKey = 'arn:aws:kms:eu-central-1:123456789012:key/9abcabcd-12ab-34cd-56ef-1234567890ab';

/** What every task can have, beside what it must have. */
const everyTask = {
  imageRepositoryArn: 'arn:aws:ecr:eu-central-1:123456789012:repository/programs',
  capacity: 'EC2',
  arch: 'x86_64',
  cpu: 1024,
  memory: 3000,
  desiredCount: 3,
  securityGroupIds: ['sg-0own'],
  allowedSecurityGroupIds: ['sg-0balancer'],
  allowedCidrBlocks: ['10.0.0.0/16'],
  targetGroupArn: 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/web/0123456789abcdef',
  serviceRegistryArn: 'arn:aws:servicediscovery:eu-central-1:123456789012:service/srv-0abc',
  environment: { NODE_OPTIONS: '--max-old-space-size=384' },
  secretKmsKeyArns: [secretKey],
  alarmActions: ['arn:aws:sns:eu-central-1:123456789012:oncall'],
  tags: { team: 'network' },
};

/** A proxy with every part there is. */
export const everythingOfProxy = {
  ...everyTask,
  functionArns: [
    'arn:aws:lambda:eu-central-1:123456789012:function:shop-*',
    'arn:aws:lambda:eu-central-1:123456789012:function:blog:prod',
  ],
  functionTag: 'serverless.consul.hashicorp.com/v1alpha1/lambda/enabled',
  assumedRoleArns: ['arn:aws:iam::210987654321:role/invoke'],
  configuration: [
    'aws:',
    '  - { hostname: shop.example.com, function_name: shop-web }',
    'consul:',
    '  address: https://consul.example.com:8501',
    '  ca_file: /etc/lambda-registrator/consul_ca',
    '  token_file: /etc/lambda-registrator/consul_token',
    '',
  ].join('\n'),
  secretFiles: {
    consul_ca: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:consul-ca-a1b2c3',
    consul_token: 'arn:aws:ssm:eu-central-1:123456789012:parameter/consul/token',
  },
};

/** An agent with every part there is. */
export const everythingOfAgent = {
  ...everyTask,
  logLevel: 'debug',
  cloudMapAccountIds: ['210987654321'],
  trustedProxies: ['10.0.0.0/16', '2001:db8::/32'],
  configuration: 'sources:\n  consul: { address: https://consul.example.com:8501 }\n',
  secrets: {
    CONSUL_HTTP_TOKEN: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:consul-a1b2c3:token::',
    PROM_PASSWD: 'arn:aws:ssm:eu-central-1:123456789012:parameter/metrics',
  },
};

/** A folder with a file for each zip: what is synthesised does not depend on what is in them. */
export const emptyBundles = fileURLToPath(new URL('bundles', import.meta.url));

/** What the stack of a registrator is synthesised to. */
export function registratorStack(props: Record<string, unknown> = {}): JsonObject {
  const registrator = { name: 'registrator', consulHttpAddr: 'https://consul.example.com:8501', ...props };
  return synthesised(new RegistratorStack(new App(), 'test', { region, registrator }, emptyBundles));
}

/** What the stack of a registry is synthesised to. */
export function registryStack(props: Record<string, unknown> = {}): JsonObject {
  const registry = { name: 'registry', ...props };
  return synthesised(new RegistryStack(new App(), 'test', { region, registry }, emptyBundles));
}

const place = { clusterName: 'production', vpcId: 'vpc-0abc', subnetIds: ['subnet-0abc', 'subnet-0def'] };

/** As small as can be. */
export const smallProxy = {
  ...place,
  name: 'proxy',
  image: 'registry.example.com/lambda-proxy:1.0.0',
  functionArns: ['arn:aws:lambda:eu-central-1:123456789012:function:shop'],
};

/** As small as can be. */
export const smallAgent = {
  ...place,
  name: 'agent',
  image: 'registry.example.com/haproxy-agent:1.0.0',
  environment: { NAMESPACE_MAP: '[{"namespace":"cluster","domainname":"example.com"}]' },
};

/** What the stack of a proxy is synthesised to. */
export function proxyStack(props: Record<string, unknown> = {}): JsonObject {
  return synthesised(new ProxyStack(new App(), 'test', { region, proxy: { ...smallProxy, ...props } }));
}

/** What the stack of an agent is synthesised to. */
export function agentStack(props: Record<string, unknown> = {}): JsonObject {
  return synthesised(new AgentStack(new App(), 'test', { region, agent: { ...smallAgent, ...props } }));
}

function synthesised(stack: TerraformStack): JsonObject {
  return stack.toTerraform() as JsonObject;
}

/** Every resource (or data source) of a type, by its name. */
export function ofType(
  configuration: JsonObject,
  type: string,
  kind: 'resource' | 'data' = 'resource',
): [string, JsonObject][] {
  const all = configuration[kind];
  const some = isObject(all) ? all[type] : undefined;
  return isObject(some)
    ? Object.entries(some).filter((entry): entry is [string, JsonObject] => isObject(entry[1]))
    : [];
}

/** The one resource of a type. */
export function only(configuration: JsonObject, type: string): JsonObject {
  const [[, found] = [], ...others] = ofType(configuration, type);
  if (found === undefined || others.length > 0) throw new Error(`There is not exactly one ${type}.`);
  return found;
}

/** What stands at a path of keys; undefined when nothing does. */
export function at(value: Json | undefined, ...path: string[]): Json | undefined {
  return path.reduce<Json | undefined>((inner, key) => (isObject(inner) ? inner[key] : undefined), value);
}

/** A text as it is, anything else as JSON. */
export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
