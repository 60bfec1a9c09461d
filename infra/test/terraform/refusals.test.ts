import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findTerraform, type Terraform } from '../support/terraform.ts';
import { moduleCall, Workspace } from '../support/workspace.ts';

const binary = findTerraform();
const small = ['name = "registrator"', 'consul_http_addr = "consul:8500"'];

describe.runIf(binary).concurrent('Terraform', () => {
  let workspace: Workspace;
  let terraform: Terraform;

  beforeAll(async () => {
    workspace = new Workspace();
    terraform = await workspace.offlineTerraform(binary ?? '');
  });
  afterAll(() => workspace.remove());

  async function planned(name: string, ...calls: string[]) {
    const folder = workspace.caller(name, calls.join('\n\n'));
    await terraform.run(folder, 'get');
    return terraform.run(folder, 'plan', '-input=false');
  }

  it.each<[string, string[], string[]]>([
    [
      'single inputs',
      [
        'sync_frequency_in_minutes = 0',
        'timeout = 901',
        'arch = "arm"',
        'partitions = ["default", "a_b"]',
        'primary_datacenter = "dc.1"',
        'terminating_gateway = "*"',
        'consul_extension_data_prefix = "/a//b"',
        'consul_extension_data_tier = "Gold"',
        'extension_data_kms_key_arn = "alias/x"',
        'previous_owner_ids = ["a,b"]',
        'reserved_concurrent_executions = -2',
        'name = "a registrator"',
        'node_name = ""',
        'sync_policy = "upsert"',
        'max_delete_percent = 101',
      ],
      [
        'sync_frequency_in_minutes must be a whole number from 1 to 1440, for example 5.',
        'timeout must be a whole number from 1 to 900, for example 300.',
        'arch must be one of arm64, x86_64, for example "arm64".',
        'partitions must be a list, each element the name of a partition, for example ["default","apps"].',
        'primary_datacenter must be empty or 1 to 128 letters',
        'terminating_gateway must be empty or a service name',
        'consul_extension_data_prefix must be empty or a Parameter Store path, as /consul/lambda',
        'consul_extension_data_tier must be empty or one of Standard, Advanced, Intelligent-Tiering',
        'extension_data_kms_key_arn must be the ARN of a KMS key',
        'previous_owner_ids must be a list, each element 1 to 512 printable characters',
        'reserved_concurrent_executions must be a whole number of at least -1',
        'name must be 1 to 64 letters, digits, hyphens or underscores',
        'node_name must be 1 to 128 letters',
        'sync_policy must be empty or one of sync, upsert-only, for example "sync".',
        'max_delete_percent must be empty or a number from 0 to 100, for example "50".',
      ],
    ],
    [
      'parts of numbers',
      ['sync_frequency_in_minutes = 2.5'],
      ['sync_frequency_in_minutes must be a whole number'],
    ],
    [
      'inputs that contradict each other',
      [
        'subnet_ids = ["subnet-1"]',
        'consul_ca_cert_path = "/consul/ca"',
        'ca_cert_path = "/consul/ca"',
        'consul_http_token_path = "/consul/token"',
        'http_token_path = "/consul/token"',
        'buffer_events = true',
        'reserved_concurrent_executions = 1',
        'partitions = ["default", "apps"]',
      ],
      [
        'partitions other than default need enterprise',
        'subnet_ids and security_group_ids belong together',
        'consul_ca_cert_path and ca_cert_path are one input; give one',
        'consul_http_token_path and http_token_path are one input; give one',
        'reserved_concurrent_executions below buffer_maximum_concurrency',
      ],
    ],
  ])('refuses to plan wrong %s, naming them', async (name, wrong, messages) => {
    const nameOf = (line: string) => line.split(' ')[0];
    const names = new Set(wrong.map(nameOf));
    const lines = [...small.filter((line) => !names.has(nameOf(line))), ...wrong];
    const outcome = await planned(name, moduleCall('registrator', 'lambda-registrator', ...lines));
    expect(outcome.ok).toBe(false);
    for (const message of messages) expect(outcome.text).toContain(message);
  });

  it('refuses to plan wrong tasks, naming what is wrong', async () => {
    const task = [
      'name = "x"',
      'image = "x"',
      'cluster_name = "production"',
      'vpc_id = "vpc-0abc"',
      'subnet_ids = ["subnet-0abc"]',
    ];
    const parameter = 'arn:aws:ssm:eu-central-1:123456789012:parameter/x';
    const single = await planned(
      'single inputs of tasks',
      moduleCall(
        'proxy',
        'lambda-proxy',
        ...task,
        'function_arns = ["shop"]',
        'capacity = "fargate"',
        'secrets = { TOKEN = "the-token-itself" }',
        'secret_files = { "../x" = "x" }',
      ),
      moduleCall('agent', 'haproxy-agent', ...task, 'port = 80', 'environment = { "a-b" = "c" }'),
    );
    expect(single.ok).toBe(false);
    for (const message of [
      'function_arns must be a list, each element the ARN of a function',
      'capacity must be one of FARGATE, EC2',
      'secrets must be a map, each name letters, digits and underscores, each value the ARN',
      'secret_files must be a map',
      'port must be a whole number from 1024 to 65535',
      'environment must be a map',
    ])
      expect(single.text).toContain(message);

    const together = await planned(
      'inputs of tasks that contradict each other',
      moduleCall(
        'proxy',
        'lambda-proxy',
        ...task,
        'function_arns = []',
        'memory = 512',
        'configuration = "aws: []\\nport: 80\\n"',
        'port = 9090',
      ),
      moduleCall(
        'agent',
        'haproxy-agent',
        ...task,
        'capacity = "EC2"',
        'assign_public_ip = true',
        'port = 3000',
        'environment = { BIND = ":80", A = "b" }',
        `secrets = { A = "${parameter}" }`,
      ),
    );
    expect(together.ok).toBe(false);
    for (const message of [
      'function_arns must name at least one function',
      'cpu and memory must be a size that Fargate has',
      'configuration must be YAML in lines',
      'port must be another than 9090',
      'assign_public_ip needs capacity "FARGATE"',
      'port must be another than 3000',
      'environment and secrets must not have AWS_REGION, BIND',
      'environment and secrets must not have the same name',
    ])
      expect(together.text).toContain(message);
  });

  it('refuses an address with credentials without showing them', async () => {
    const call = moduleCall(
      'registrator',
      'lambda-registrator',
      'name = "registrator"',
      'consul_http_addr = "https://user:secret@consul:8501"',
    );
    const outcome = await planned('credentials', call);
    expect(outcome.ok).toBe(false);
    expect(outcome.text).toContain('credentials do not belong there');
    expect(outcome.text).not.toContain('user:secret@');
  });

  it.each<[string, string[], string[]]>([
    [
      'inputs of a registry that contradict each other',
      [
        'subnet_ids = ["subnet-1"]',
        's3_key = "registry.zip"',
        'authorization = "jwt"',
        'api_type = "rest"',
        'tls_bind = ":443"',
      ],
      [
        'subnet_ids and security_group_ids belong together',
        's3_bucket and s3_key belong together',
        'tls_bind needs tls_cert',
        'authorization "jwt" needs jwt_issuer and jwt_audience',
        'authorization "jwt" needs api_type "http"',
      ],
    ],
  ])('refuses to plan %s, naming them', async (name, wrong, messages) => {
    const call = moduleCall('registry', 'lambda-registry', 'name = "registry"', ...wrong);
    const outcome = await planned(name, call);
    expect(outcome.ok).toBe(false);
    for (const message of messages) expect(outcome.text).toContain(message);
  });
});
