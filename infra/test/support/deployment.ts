import type { PlannedChange } from './terraform.ts';
import { moduleCall } from './workspace.ts';

const key = 'arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';

const shop = 'arn:aws:lambda:eu-central-1:123456789012:function:shop';
const parameter = 'arn:aws:ssm:eu-central-1:123456789012:parameter/consul/token';

const task = (name: string) => [
  `name = "${name}"`,
  'image = "registry.example.com/program:1.0.0"',
  'cluster_name = local.cluster',
  'vpc_id = local.vpc',
  'subnet_ids = [local.subnet]',
];

/** A cluster and a network that are there, for a deployment. */
export const network = `locals {
  cluster = "production"
  vpc     = "vpc-0abc"
  subnet  = "subnet-0abc"
}`;

/** The same, made together with the deployment. */
export const madeNetwork = `resource "aws_ecs_cluster" "cluster" {
  name = "production"
}

resource "aws_vpc" "vpc" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "subnet" {
  vpc_id     = aws_vpc.vpc.id
  cidr_block = "10.0.1.0/24"
}

locals {
  cluster = aws_ecs_cluster.cluster.name
  vpc     = aws_vpc.vpc.id
  subnet  = aws_subnet.subnet.id
}`;

const waiting = 'depends_on = [terraform_data.trigger]';

/**
 * All modules as small as can be and with every optional part, all of them waiting for a resource that is replaced
 * when the variable `trigger` has another value: data sources within them are then read only while Terraform applies.
 * `ofSmall` are further lines of the smallest registrator.
 */
export function deployment(...ofSmall: string[]): string {
  return [
    'variable "trigger" {\n  default = "first"\n}',
    'resource "terraform_data" "trigger" {\n  triggers_replace = var.trigger\n}',
    moduleCall(
      'small',
      'lambda-registrator',
      'name = "small"',
      'consul_http_addr = "consul:8500"',
      ...ofSmall,
      waiting,
    ),
    moduleCall(
      'full',
      'lambda-registrator',
      'name = "full"',
      'consul_http_addr = "https://consul.example.com/consul"',
      'consul_ca_cert_path = "/consul/ca"',
      'consul_http_token_path = "consul/token"',
      `parameter_kms_key_arns = ["${key}"]`,
      'subnet_ids = ["subnet-1", "subnet-2"]',
      'security_group_ids = ["sg-1"]',
      'buffer_events = true',
      'create_trail = true',
      'enterprise = true',
      'partitions = ["default", "apps"]',
      'consul_extension_data_prefix = "/consul/lambda"',
      'consul_extension_data_tier = "Intelligent-Tiering"',
      `extension_data_kms_key_arn = "${key}"`,
      'alarm_actions = ["arn:aws:sns:eu-central-1:123456789012:oncall"]',
      'tags = { team = "network" }',
      waiting,
    ),
    moduleCall('http', 'lambda-registry', 'name = "http"', 'deletion_protection = false', waiting),
    moduleCall(
      'rest',
      'lambda-registry',
      'name = "rest"',
      'api_type = "rest"',
      'rest_access_log = true',
      'authorization = "none"',
      'tables = ["production", "staging"]',
      'deletion_protection = false',
      waiting,
    ),
    moduleCall(
      'jwt',
      'lambda-registry',
      'name = "jwt"',
      'authorization = "jwt"',
      'jwt_issuer = "https://id.example.com"',
      'jwt_audience = ["registry"]',
      `table_kms_key_arn = "${key}"`,
      'deletion_protection = false',
      waiting,
    ),
    moduleCall('proxy', 'lambda-proxy', ...task('proxy'), `function_arns = ["${shop}"]`, waiting),
    moduleCall(
      'proxy_with_secrets',
      'lambda-proxy',
      ...task('proxy-with-secrets'),
      `function_arns = ["${shop}", "${shop}:prod"]`,
      'function_tag = "team"',
      `secret_files = { consul_token = "${parameter}" }`,
      `secret_kms_key_arns = ["${key}"]`,
      'configuration = "consul:\\n  token_file: /etc/lambda-registrator/consul_token\\n"',
      waiting,
    ),
    moduleCall('agent', 'haproxy-agent', ...task('agent'), 'read_cloud_map = false', waiting),
    moduleCall(
      'agent_with_everything',
      'haproxy-agent',
      ...task('agent-with-everything'),
      'allowed_cidr_blocks = ["10.0.0.0/16"]',
      'environment = { NAMESPACE_MAP = "[]" }',
      `secrets = { CONSUL_HTTP_TOKEN = "${parameter}" }`,
      waiting,
    ),
  ].join('\n\n');
}

/** Arguments that a policy or a picture is made of: the provider changes all of them in place. */
export const documents = ['assume_role_policy', 'dashboard_body', 'policy'];

/** What a plan would do within the modules, beside their trigger. */
export function ofModules(changes: readonly PlannedChange[]): PlannedChange[] {
  return changes.filter(({ address }) => address.startsWith('module.'));
}

/** The log group of the smallest registrator, handed over to the root module. */
export const handover = `resource "aws_cloudwatch_log_group" "own" {
  name              = "/aws/lambda/small"
  retention_in_days = 30
}

moved {
  from = module.small.aws_cloudwatch_log_group.registrator_log[0]
  to   = aws_cloudwatch_log_group.own
}`;
