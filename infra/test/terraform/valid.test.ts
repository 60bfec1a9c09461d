import { App } from 'cdktf';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AgentStack, ProxyStack, RegistratorStack, RegistryStack } from '../../stacks/program-stack.ts';
import {
  emptyBundles,
  everything,
  everythingOfAgent,
  everythingOfProxy,
  openRest,
  smallAgent,
  smallProxy,
} from '../support/configurations.ts';
import { findTerraform, type Terraform } from '../support/terraform.ts';
import { examplesFolder, Workspace } from '../support/workspace.ts';

const binary = findTerraform();
if (binary === undefined)
  console.log('No terraform on the PATH: its own checks of what is synthesised are left out.');

const examples = readdirSync(examplesFolder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const modules = ['lambda-registrator', 'lambda-registry', 'lambda-proxy', 'haproxy-agent'];
const full = [
  'registrator-with-everything',
  'registry-rest',
  'proxy-with-everything',
  'agent-with-everything',
];

/** Stacks with little and with every part, synthesised into a folder. */
function synthesise(outdir: string): void {
  const app = new App({ outdir });
  const region = 'eu-central-1';
  const registrator = { name: 'registrator', consulHttpAddr: 'https://consul.example.com:8501' };
  new RegistratorStack(app, 'lambda-registrator', { region, registrator }, emptyBundles);
  new RegistratorStack(
    app,
    'registrator-with-everything',
    { region, registrator: { ...registrator, ...everything } },
    emptyBundles,
  );
  new RegistryStack(app, 'lambda-registry', { region, registry: { name: 'registry' } }, emptyBundles);
  new RegistryStack(
    app,
    'registry-rest',
    { region, registry: { name: 'registry', ...openRest } },
    emptyBundles,
  );
  const proxy = { ...smallProxy, ...everythingOfProxy };
  const agent = { ...smallAgent, ...everythingOfAgent };
  new ProxyStack(app, 'lambda-proxy', { region, proxy: smallProxy });
  new ProxyStack(app, 'proxy-with-everything', { region, proxy });
  new AgentStack(app, 'haproxy-agent', { region, agent: smallAgent });
  new AgentStack(app, 'agent-with-everything', { region, agent });
  app.synth();
}

describe.runIf(binary).concurrent('Terraform', () => {
  let workspace: Workspace;
  let terraform: Terraform;

  beforeAll(async () => {
    workspace = new Workspace();
    synthesise(join(workspace.root, 'cdktf.out'));
    terraform = await workspace.offlineTerraform(binary ?? '');
  });
  afterAll(() => workspace.remove());

  const valid = { ok: true, text: expect.stringContaining('The configuration is valid') as unknown };

  async function validated(folder: string) {
    await terraform.run(folder, 'get');
    return terraform.run(folder, 'validate');
  }

  it('finds modules and examples formatted', async () => {
    const outcome = await terraform.run(workspace.root, 'fmt', '-check', '-diff', '-recursive');
    expect(outcome).toMatchObject({ ok: true });
  });

  it.each(modules)('finds the module %s valid', async (name) => {
    expect(await validated(join(workspace.root, 'dist/terraform', name))).toMatchObject(valid);
  });

  it.each([...modules, ...full])('finds the stack %s valid', async (name) => {
    expect(await validated(join(workspace.root, 'cdktf.out/stacks', name))).toMatchObject(valid);
  });

  it.each(examples)('finds the example %s valid', async (name) => {
    expect(await validated(join(workspace.root, 'examples', name))).toMatchObject(valid);
  });

  it('notices a misspelt argument and an undeclared variable, so that "valid" means something', async () => {
    const folder = workspace.caller(
      'misspelt',
      'resource "aws_sqs_queue" "queue" {\n  nmae = "x"\n}\n\nresource "aws_sqs_queue" "other" {\n  name = var.undeclared\n}\n',
    );
    const outcome = await validated(folder);
    expect(outcome.ok).toBe(false);
    expect(outcome.text).toContain('An argument named "nmae" is not expected here. Did you mean "name"?');
    expect(outcome.text).toContain('An input variable with the name "undeclared" has not been declared.');
  });
});
