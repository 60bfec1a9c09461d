/** Every input of `hashicorp/consul-lambda/aws//modules/lambda-registrator` 0.1.0-beta6: its type, and a value. */
const inputs: Readonly<Record<string, readonly [type: string, value: string]>> = {
  name: ['string', '"registrator"'],
  consul_http_addr: ['string', '"https://consul.example.com:8501"'],
  consul_datacenter: ['string', '"dc1"'],
  consul_ca_cert_path: ['string', '"/consul/ca"'],
  consul_http_token_path: ['string', '"/consul/token"'],
  consul_extension_data_prefix: ['string', '"/consul/lambda"'],
  consul_extension_data_tier: ['string', '"Intelligent-Tiering"'],
  node_name: ['string', '"lambdas"'],
  enterprise: ['bool', 'true'],
  partitions: ['list(string)', '["default", "apps"]'],
  timeout: ['number', '30'],
  reserved_concurrent_executions: ['number', '-1'],
  ecr_image_uri: ['string', '""'],
  sync_frequency_in_minutes: ['number', '10'],
  subnet_ids: ['list(string)', '["subnet-1"]'],
  security_group_ids: ['list(string)', '["sg-1"]'],
  tags: ['map(string)', '{ team = "network" }'],
  private_ecr_repo_name: ['string', '"registrator"'],
  consul_lambda_registrator_image: [
    'string',
    '"public.ecr.aws/hashicorp/consul-lambda-registrator:0.1.0-beta4"',
  ],
  docker_host: ['string', '"unix:///var/run/docker.sock"'],
  enable_auto_publish_ecr_image: ['bool', 'true'],
  arch: ['string', '"x86_64"'],
};

/** Names of all of them. */
export const hashicorpInputs: readonly string[] = Object.keys(inputs);

/** A stand-in for the module: its inputs, and those of its resources that ours takes over. */
export const hashicorpModule = [
  ...Object.entries(inputs).map(
    ([name, [type, value]]) => `variable "${name}" {\n  type    = ${type}\n  default = ${value}\n}`,
  ),
  `resource "aws_iam_role" "registration" {
  name               = var.name
  assume_role_policy = "{}"
}`,
  `resource "aws_lambda_function" "registration" {
  function_name = var.name
  role          = aws_iam_role.registration.arn
  package_type  = "Image"
  image_uri     = "old"
}`,
].join('\n\n');

/** A call of the module at `source` with every input of HashiCorp's. */
export function hashicorpCaller(source: string): string {
  const lines = Object.entries(inputs).map(([name, [, value]]) => `  ${name} = ${value}`);
  return ['module "registrator" {', `  source = "${source}"`, ...lines, '}'].join('\n');
}

/** The environment that such a caller's function gets of the inputs that set something. */
export const givenToFunction = {
  DATACENTER: 'dc1',
  CONSUL_HTTP_SSL: 'true',
  CONSUL_CACERT_PATH: '/consul/ca',
  CONSUL_HTTP_TOKEN_PATH: '/consul/token',
  CONSUL_EXTENSION_DATA_PREFIX: '/consul/lambda',
  CONSUL_EXTENSION_DATA_TIER: 'Intelligent-Tiering',
  NODE_NAME: 'lambdas',
  ENTERPRISE: 'true',
  PARTITIONS: 'default,apps',
  SYNC_PERIOD: '10',
};
