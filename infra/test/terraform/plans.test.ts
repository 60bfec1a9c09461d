import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deployment, documents, handover, network, ofModules } from '../support/deployment.ts';
import { givenToFunction, hashicorpCaller, hashicorpModule } from '../support/hashicorp.ts';
import { findTerraform, type Terraform } from '../support/terraform.ts';
import { moduleCall, Workspace } from '../support/workspace.ts';

const binary = findTerraform();

describe.runIf(binary).concurrent('Terraform', () => {
  let workspace: Workspace;
  let terraform: Terraform;

  beforeAll(async () => {
    workspace = new Workspace();
    terraform = await workspace.offlineTerraform(binary ?? '');
  });
  afterAll(() => workspace.remove());

  const smallTask = (unknown: string) => [
    ...['name', 'image', 'cluster_name', 'vpc_id'].map((input) => `${input} = ${unknown}`),
    'subnet_ids = terraform_data.list.output',
  ];
  const fullTask = (unknown: string) => [
    ...smallTask(unknown),
    'capacity = "EC2"',
    'arch = "x86_64"',
    `configuration = ${unknown}`,
    `image_repository_arn = ${unknown}`,
    `target_group_arn = ${unknown}`,
    `service_registry_arn = ${unknown}`,
    'allowed_security_group_ids = terraform_data.list.output',
    'allowed_cidr_blocks = terraform_data.list.output',
    'security_group_ids = terraform_data.list.output',
    `environment = { A = ${unknown} }`,
    `secrets = { B = ${unknown} }`,
    `secret_files = { c = ${unknown} }`,
    'secret_kms_key_arns = terraform_data.list.output',
    `log_group_name = ${unknown}`,
  ];

  async function planned(name: string, ...calls: string[]) {
    const folder = workspace.caller(name, calls.join('\n\n'));
    await terraform.run(folder, 'get');
    return terraform.run(folder, 'plan', '-input=false');
  }

  it('plans the smallest callers, all of whose values are still unknown', async () => {
    const unknown = 'terraform_data.unknown.output';
    const outcome = await planned(
      'smallest',
      'resource "terraform_data" "unknown" {\n  input = "x"\n}',
      moduleCall('registrator', 'lambda-registrator', `name = ${unknown}`, `consul_http_addr = ${unknown}`),
      moduleCall('registry', 'lambda-registry', `name = ${unknown}`),
      'resource "terraform_data" "list" {\n  input = ["x"]\n}',
      moduleCall(
        'proxy',
        'lambda-proxy',
        ...smallTask(unknown),
        'function_arns = terraform_data.list.output',
      ),
      moduleCall('agent', 'haproxy-agent', ...smallTask(unknown)),
    );
    expect(outcome).toMatchObject({ ok: true });
    expect(outcome.text).toMatch(/Plan: \d+ to add, 0 to change, 0 to destroy/);
  });

  it('plans every optional part with values that are still unknown, several times over', async () => {
    const unknown = 'terraform_data.unknown.output';
    const outcome = await planned(
      'everything',
      'resource "terraform_data" "unknown" {\n  input = "x"\n}',
      'resource "terraform_data" "list" {\n  input = ["x"]\n}',
      moduleCall(
        'registrator',
        'lambda-registrator',
        'for_each = toset(["one", "two"])',
        'name = each.key',
        `consul_http_addr = ${unknown}`,
        `ca_cert_path = ${unknown}`,
        `consul_http_token_path = ${unknown}`,
        `parameter_kms_key_arns = terraform_data.list.output`,
        'subnet_ids = terraform_data.list.output',
        'security_group_ids = terraform_data.list.output',
        `log_kms_key_arn = ${unknown}`,
        'create_log_group = false',
        `log_group_name = ${unknown}`,
        `permissions_boundary = ${unknown}`,
        `s3_bucket = ${unknown}`,
        's3_key = "registrator.zip"',
        `alarm_actions = [${unknown}]`,
        'buffer_events = true',
        'create_trail = true',
        'sync_frequency_in_minutes = 1',
        'adopt_unowned = true',
        `consul_datacenter = ${unknown}`,
        `primary_datacenter = ${unknown}`,
        'enterprise = true',
        'partitions = terraform_data.list.output',
        `terminating_gateway = ${unknown}`,
        `consul_extension_data_prefix = ${unknown}`,
        'consul_extension_data_tier = "intelligent-tiering"',
        `extension_data_kms_key_arn = ${unknown}`,
        'previous_owner_ids = terraform_data.list.output',
        'concurrency = 8',
        'sync_policy = ""',
      ),
      moduleCall(
        'rest',
        'lambda-registry',
        'name = "rest"',
        'api_type = "rest"',
        'rest_access_log = true',
        `table_kms_key_arn = ${unknown}`,
      ),
      moduleCall(
        'jwt',
        'lambda-registry',
        'name = "jwt"',
        'authorization = "jwt"',
        `jwt_issuer = ${unknown}`,
        `jwt_audience = [${unknown}]`,
      ),
      moduleCall('open', 'lambda-registry', 'name = "open"', 'authorization = "none"'),
      moduleCall(
        'proxy',
        'lambda-proxy',
        ...fullTask(unknown),
        `function_arns = [${unknown}]`,
        `function_tag = ${unknown}`,
        'assumed_role_arns = terraform_data.list.output',
        'create_log_group = false',
      ),
      moduleCall(
        'agent',
        'haproxy-agent',
        ...fullTask(unknown),
        `log_level = "debug"`,
        'cloud_map_account_ids = terraform_data.list.output',
        'trusted_proxies = terraform_data.list.output',
      ),
    );
    expect(outcome).toMatchObject({ ok: true });
    expect(outcome.text).toContain('rate(1 minute)');
    expect(outcome.text).toContain('anyone who knows the URL of open reads and changes its services');
  });

  it('changes documents alone when data sources are read late, and nothing when a log group is handed over', async () => {
    const folder = workspace.caller('deferred', [network, deployment()].join('\n\n'));
    await terraform.run(folder, 'get');
    await terraform.mustRun(folder, 'apply', '-auto-approve');
    expect(await terraform.changes(folder)).toEqual([]);

    const changes = ofModules(await terraform.changes(folder, '-var=trigger=second'));
    expect(new Set(changes.flatMap(({ actions }) => actions))).toEqual(new Set(['update']));
    expect([...new Set(changes.flatMap(({ unknown }) => unknown))].toSorted()).toEqual(documents);

    const text = [network, deployment('create_log_group = false'), handover].join('\n\n');
    workspace.caller('deferred', text);
    expect(await terraform.changes(folder)).toEqual([]);
  }, 240_000);

  it("plans and applies HashiCorp's caller with all its inputs after a change of source", async () => {
    const folder = workspace.caller('all-inputs', hashicorpCaller('./old'));
    workspace.caller('all-inputs/old', hashicorpModule);
    await terraform.run(folder, 'get');
    await terraform.mustRun(folder, 'apply', '-auto-approve');

    workspace.caller('all-inputs', hashicorpCaller('../../dist/terraform/lambda-registrator'));
    await terraform.run(folder, 'get');
    const { ok, text } = await terraform.run(folder, 'plan', '-input=false', '-out=plan');
    expect({ ok, text }).toMatchObject({ ok: true });
    expect(text).toContain('(moved from module.registrator.aws_iam_role.registration)');
    expect(text).toContain('(moved from module.registrator.aws_lambda_function.registration)');
    for (const [name, value] of Object.entries(givenToFunction)) {
      expect(text).toMatch(new RegExp(`"?${name}"? += "${value}"`));
    }
    await terraform.mustRun(folder, 'apply', 'plan');
    expect(await terraform.changes(folder)).toEqual([]);
  }, 120_000);

  it("takes over the role and the function of HashiCorp's module in the state", async () => {
    workspace.caller('switch/old', hashicorpModule);
    const folder = workspace.caller('switch', 'module "registrator" {\n  source = "./old"\n}\n');
    await terraform.run(folder, 'get');
    expect(await terraform.run(folder, 'apply', '-auto-approve')).toMatchObject({ ok: true });

    workspace.caller(
      'switch',
      moduleCall(
        'registrator',
        'lambda-registrator',
        'name = "registrator"',
        'consul_http_addr = "consul:8500"',
        'http_token_path = "consul/token"',
      ),
    );
    await terraform.run(folder, 'get');
    const { text } = await terraform.run(folder, 'plan', '-input=false');
    expect(text).toContain('(moved from module.registrator.aws_iam_role.registration)');
    expect(text).toContain('(moved from module.registrator.aws_lambda_function.registration)');
    expect(text).toMatch(/CONSUL_HTTP_TOKEN_PATH"? += "\/consul\/token"/);
    expect(text).toContain('aws_lambda_function.registrator_function must be replaced');
    expect(text).toMatch(/Plan: \d+ to add, 1 to change, 1 to destroy/);
  });
});
