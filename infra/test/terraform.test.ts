import { App } from 'cdktf';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registratorModule, registryModule } from '../module/modules.ts';
import { writeModule } from '../module/write-module.ts';
import { RegistratorStack, RegistryStack } from '../stacks/program-stack.ts';
import { emptyBundles, everything, openRest } from './support/configurations.ts';
import { makeOfflineProvider } from './support/offline-provider.ts';
import { findTerraform, Terraform } from './support/terraform.ts';

const binary = findTerraform();
if (binary === undefined)
  console.log('No terraform on the PATH: its own checks of what is synthesised are left out.');

const pathOf = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const examples = readdirSync(pathOf('../../examples'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

/** A copy of the layout of the repository: modules and stacks as they are written, examples beside them. */
const root = mkdtempSync(join(tmpdir(), 'terraform-'));
/** Within infra, where the stand-in finds its packages. */
const providerFolder = pathOf('../.cache/offline-provider');
const modules = ['lambda-registrator', 'lambda-registry'];

/** A root module of a test: `modules/<name>` is beside it. */
function caller(name: string, text: string): string {
  const folder = join(root, 'callers', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'main.tf'), text);
  return folder;
}

const moduleCall = (label: string, source: string, ...lines: string[]) =>
  [
    `module "${label}" {`,
    `  source = "../../dist/terraform/${source}"`,
    ...lines.map((line) => `  ${line}`),
    '}',
  ].join('\n');

const small = ['name = "registrator"', 'consul_http_addr = "consul:8500"'];

describe.runIf(binary).concurrent('Terraform', () => {
  let terraform: Terraform;

  beforeAll(() => {
    const bundles = emptyBundles();
    for (const source of [registratorModule(), registryModule()]) {
      writeModule(source, join(root, 'dist/terraform', source.name), bundles);
    }
    const app = new App({ outdir: join(root, 'cdktf.out') });
    const region = 'eu-central-1';
    const registrator = { name: 'registrator', consulHttpAddr: 'https://consul.example.com:8501' };
    new RegistratorStack(app, 'lambda-registrator', { region, registrator }, bundles);
    new RegistryStack(app, 'lambda-registry', { region, registry: { name: 'registry' } }, bundles);
    new RegistratorStack(
      app,
      'registrator-with-everything',
      { region, registrator: { ...registrator, ...everything } },
      bundles,
    );
    new RegistryStack(app, 'registry-rest', { region, registry: { name: 'registry', ...openRest } }, bundles);
    app.synth();
    cpSync(pathOf('../../examples'), join(root, 'examples'), { recursive: true });
    terraform = new Terraform(binary ?? '', makeOfflineProvider(providerFolder, [root]));
  });

  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });

  const valid = { ok: true, text: expect.stringContaining('The configuration is valid') as unknown };

  async function validated(folder: string) {
    await terraform.run(folder, 'get');
    return terraform.run(folder, 'validate');
  }

  async function planned(name: string, text: string) {
    const folder = caller(name.replaceAll(' ', '-'), text);
    await terraform.run(folder, 'get');
    return terraform.run(folder, 'plan', '-input=false');
  }

  it('finds modules and examples formatted', async () => {
    const outcome = await terraform.run(root, 'fmt', '-check', '-diff', '-recursive');
    expect(outcome).toMatchObject({ ok: true });
  });

  it.each(modules)('finds the module %s valid', async (name) => {
    expect(await validated(join(root, 'dist/terraform', name))).toMatchObject(valid);
  });

  it.each([...modules, 'registrator-with-everything', 'registry-rest'])(
    'finds the stack %s valid',
    async (name) => {
      expect(await validated(join(root, 'cdktf.out/stacks', name))).toMatchObject(valid);
    },
  );

  it.each(examples)('finds the example %s valid', async (name) => {
    expect(await validated(join(root, 'examples', name))).toMatchObject(valid);
  });

  it('notices a misspelt argument and an undeclared variable, so that "valid" means something', async () => {
    const folder = caller(
      'misspelt',
      'resource "aws_sqs_queue" "queue" {\n  nmae = "x"\n}\n\nresource "aws_sqs_queue" "other" {\n  name = var.undeclared\n}\n',
    );
    const outcome = await validated(folder);
    expect(outcome.ok).toBe(false);
    expect(outcome.text).toContain('An argument named "nmae" is not expected here. Did you mean "name"?');
    expect(outcome.text).toContain('An input variable with the name "undeclared" has not been declared.');
  });

  it('plans the smallest callers, all of whose values are still unknown', async () => {
    const unknown = 'terraform_data.unknown.output';
    const folder = caller(
      'smallest',
      [
        'resource "terraform_data" "unknown" {\n  input = "x"\n}',
        moduleCall('registrator', 'lambda-registrator', `name = ${unknown}`, `consul_http_addr = ${unknown}`),
        moduleCall('registry', 'lambda-registry', `name = ${unknown}`),
      ].join('\n\n'),
    );
    await terraform.run(folder, 'get');
    const outcome = await terraform.run(folder, 'plan', '-input=false');
    expect(outcome).toMatchObject({ ok: true });
    expect(outcome.text).toMatch(/Plan: \d+ to add, 0 to change, 0 to destroy/);
  });

  it('plans every optional part with values that are still unknown, several times over', async () => {
    const unknown = 'terraform_data.unknown.output';
    const folder = caller(
      'everything',
      [
        'resource "terraform_data" "unknown" {\n  input = "x"\n}\n\nresource "terraform_data" "list" {\n  input = ["x"]\n}',
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
          `permissions_boundary = ${unknown}`,
          `s3_bucket = ${unknown}`,
          's3_key = "registrator.zip"',
          `alarm_actions = [${unknown}]`,
          'buffer_events = true',
          'create_trail = true',
          'sync_frequency_in_minutes = 1',
          'adopt_unowned = true',
          'enterprise = false',
          'partitions = []',
          'consul_extension_data_prefix = ""',
          'consul_extension_data_tier = "Intelligent-Tiering"',
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
      ].join('\n\n'),
    );
    await terraform.run(folder, 'get');
    const outcome = await terraform.run(folder, 'plan', '-input=false');
    expect(outcome).toMatchObject({ ok: true });
    expect(outcome.text).toContain('rate(1 minute)');
    expect(outcome.text).toContain('anyone who knows the URL of open reads and changes its services');
  });

  it("takes over the role and the function of HashiCorp's module in the state", async () => {
    const old = [
      'resource "aws_iam_role" "registration" {\n  name               = "registrator"\n  assume_role_policy = "{}"\n}',
      'resource "aws_lambda_function" "registration" {\n  function_name = "registrator"\n  role          = aws_iam_role.registration.arn\n  package_type  = "Image"\n  image_uri     = "old"\n}',
    ].join('\n\n');
    caller('switch/old', old);
    const folder = caller('switch', 'module "registrator" {\n  source = "./old"\n}\n');
    await terraform.run(folder, 'get');
    expect(await terraform.run(folder, 'apply', '-auto-approve')).toMatchObject({ ok: true });

    caller(
      'switch',
      moduleCall('registrator', 'lambda-registrator', ...small, 'http_token_path = "consul/token"'),
    );
    await terraform.run(folder, 'get');
    const { text } = await terraform.run(folder, 'plan', '-input=false');
    expect(text).toContain('(moved from module.registrator.aws_iam_role.registration)');
    expect(text).toContain('(moved from module.registrator.aws_lambda_function.registration)');
    expect(text).toMatch(/CONSUL_HTTP_TOKEN_PATH"? += "\/consul\/token"/);
    expect(text).toContain('aws_lambda_function.registrator_function must be replaced');
    expect(text).toMatch(/Plan: \d+ to add, 1 to change, 1 to destroy/);
  });

  it.each<[string, string[], string[]]>([
    [
      'single inputs',
      [
        'sync_frequency_in_minutes = 0',
        'timeout = 901',
        'consul_http_addr = ""',
        'arch = "arm"',
        'consul_extension_data_tier = "Gold"',
        'reserved_concurrent_executions = -2',
        'name = "a registrator"',
        'node_name = ""',
        'sync_policy = "upsert"',
        'max_delete_percent = 101',
      ],
      [
        'sync_frequency_in_minutes must be a whole number from 1 to 1440, for example 5.',
        'timeout must be a whole number from 1 to 900, for example 300.',
        'consul_http_addr must be a Consul address as host:port',
        'arch must be one of arm64, x86_64, for example "arm64".',
        'consul_extension_data_tier must be empty or one of Standard, Advanced, Intelligent-Tiering',
        'reserved_concurrent_executions must be a whole number of at least -1',
        'name must be 1 to 64 letters, digits, hyphens or underscores',
        'node_name must be 1 to 128 letters',
        'sync_policy must be empty or one of sync, upsert-only, for example "sync".',
        'max_delete_percent must be empty or a number from 0 to 100, for example "50".',
      ],
    ],
    [
      'inputs for what is not supported yet',
      ['enterprise = true', 'partitions = ["default"]', 'consul_extension_data_prefix = "/extension"'],
      [
        'enterprise must be left at false, since it is not supported yet',
        'partitions must be left at [], since it is not supported yet',
        'consul_extension_data_prefix must be left at "", since it is not supported yet',
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
      ],
      [
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
