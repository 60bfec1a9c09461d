import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningEmulator, startMoto } from '../../../test/support/aws/emulators.ts';
import { deployment, documents, handover, madeNetwork, ofModules } from '../support/deployment.ts';
import { emulatedProvider, findProviderMirror, realTerraform } from '../support/real-provider.ts';
import { findTerraform, type Terraform } from '../support/terraform.ts';
import { Workspace } from '../support/workspace.ts';

const binary = findTerraform();
const mirror = findProviderMirror();
if (mirror === undefined)
  console.log('No AWS provider in TF_PLUGIN_DIR: modules are not applied with the real provider.');

/** The provider waits until a queue has answered with its policy for a while, so an apply takes over a minute. */
const minutes = 60_000;

/**
 * moto gives the JSON of a redrive policy back with blanks; the queue's own policy then waits for the queue. Of a service of
 * ECS it does not tell whether it is rebalanced.
 */
const deviations = [
  'module.agent.aws_ecs_service.service_service',
  'module.agent_with_everything.aws_ecs_service.service_service',
  'module.full.aws_sqs_queue.events_buffer_queue[0]',
  'module.full.aws_sqs_queue_policy.events_buffer_policy[0]',
  'module.proxy.aws_ecs_service.service_service',
  'module.proxy_with_secrets.aws_ecs_service.service_service',
];

describe.runIf(binary && mirror)('the modules with the real provider', () => {
  let workspace: Workspace;
  let moto: RunningEmulator;
  let terraform: Terraform;
  let folder: string;

  beforeAll(async () => {
    workspace = new Workspace();
    moto = await startMoto();
    terraform = realTerraform(binary ?? '', mirror ?? '', moto.url);
    folder = workspace.caller('deployment', [emulatedProvider, madeNetwork, deployment()].join('\n\n'));
    await terraform.mustRun(folder, 'init', '-input=false');
    await terraform.mustRun(folder, 'apply', '-input=false', '-auto-approve');
  }, 8 * minutes);

  afterAll(async () => {
    workspace.remove();
    await moto[Symbol.asyncDispose]();
  });

  it('are as they were applied', async () => {
    const changes = await terraform.changes(folder);
    expect(changes.map(({ address }) => address)).toEqual(deviations);
  });

  it('replace nothing when what they depend on is replaced', async () => {
    const changes = ofModules(await terraform.changes(folder, '-var=trigger=second'));
    expect(new Set(changes.flatMap(({ actions }) => actions))).toEqual(new Set(['update']));
    expect([...new Set(changes.flatMap(({ unknown }) => unknown))].toSorted()).toEqual(documents);
  });

  it('hand a log group over to their caller, who takes it out of the module', async () => {
    const text = [emulatedProvider, madeNetwork, deployment('create_log_group = false'), handover].join(
      '\n\n',
    );
    workspace.caller('deployment', text);
    const changes = await terraform.changes(folder);
    expect(changes.map(({ address }) => address)).toEqual(deviations);
  });

  it(
    'are destroyed',
    async () => {
      await terraform.mustRun(folder, 'destroy', '-input=false', '-auto-approve');
      expect(await terraform.run(folder, 'state', 'list')).toEqual({ ok: true, text: ' ' });
    },
    4 * minutes,
  );
});
