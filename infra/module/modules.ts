import { App, ref, Token } from 'cdktf';
import { agentOutputs, HaproxyAgent, type HaproxyAgentProps } from '../constructs/haproxy-agent.ts';
import { LambdaProxy, type LambdaProxyProps, proxyOutputs } from '../constructs/lambda-proxy.ts';
import {
  LambdaRegistrator,
  type LambdaRegistratorProps,
  registratorOutputs,
} from '../constructs/lambda-registrator.ts';
import { LambdaRegistry, type LambdaRegistryProps, registryOutputs } from '../constructs/lambda-registry.ts';
import { agentInputs } from '../inputs/agent.ts';
import { compatibilityInputs } from '../inputs/compatibility.ts';
import { proxyInputs } from '../inputs/proxy.ts';
import { registratorInputs } from '../inputs/registrator.ts';
import { registryInputs } from '../inputs/registry.ts';
import type { Inputs } from '../values/inputs.ts';
import { declareOutputs } from '../values/outputs.ts';
import type { JsonObject } from './expressions.ts';
import { ModuleStack } from './module-stack.ts';

/** A plain Terraform module in the making. */
export interface ModuleSource {
  readonly name: string;
  /** The bundle that goes beside it, without `.zip`; programs that run from an image have none. */
  readonly bundle?: string;
  readonly inputs: Inputs;
  readonly outputs: Readonly<Record<string, string>>;
  readonly configuration: JsonObject;
  /** Addresses of another module's state that become ours. */
  readonly moved: readonly { readonly from: string; readonly to: string }[];
}

/** The construct with every property a variable, as Terraform's JSON. */
export function registratorModule(): ModuleSource {
  const stack = new ModuleStack(new App(), 'module');
  const props = stack.variables(registratorInputs) as Omit<LambdaRegistratorProps, 'zip'>;
  stack.variables(compatibilityInputs);
  const made = new LambdaRegistrator(stack, 'main', { ...props, zip: zipBeside('registrator') });
  declareOutputs(stack, registratorOutputs, made);
  return {
    name: 'lambda-registrator',
    bundle: 'registrator',
    inputs: { ...registratorInputs, ...compatibilityInputs },
    outputs: registratorOutputs,
    configuration: stack.toTerraform() as JsonObject,
    // From HashiCorp's module: the same names, so that Terraform replaces instead of creating beside.
    moved: [
      { from: 'aws_iam_role.registration', to: 'aws_iam_role.registrator_role' },
      { from: 'aws_lambda_function.registration', to: 'aws_lambda_function.registrator_function' },
    ],
  };
}

/** As {@link registratorModule}. */
function registryModule(): ModuleSource {
  const stack = new ModuleStack(new App(), 'module');
  const props = stack.variables(registryInputs) as Omit<LambdaRegistryProps, 'zip'>;
  const made = new LambdaRegistry(stack, 'main', { ...props, zip: zipBeside('registry') });
  declareOutputs(stack, registryOutputs, made);
  return {
    name: 'lambda-registry',
    bundle: 'registry',
    inputs: registryInputs,
    outputs: registryOutputs,
    configuration: stack.toTerraform() as JsonObject,
    moved: [],
  };
}

/** As {@link registratorModule}. */
export function proxyModule(): ModuleSource {
  const stack = new ModuleStack(new App(), 'module');
  const made = new LambdaProxy(stack, 'main', stack.variables(proxyInputs) as LambdaProxyProps);
  declareOutputs(stack, proxyOutputs, made);
  return {
    name: 'lambda-proxy',
    inputs: proxyInputs,
    outputs: proxyOutputs,
    configuration: stack.toTerraform() as JsonObject,
    moved: [],
  };
}

/** As {@link registratorModule}. */
export function agentModule(): ModuleSource {
  const stack = new ModuleStack(new App(), 'module');
  const made = new HaproxyAgent(stack, 'main', stack.variables(agentInputs) as HaproxyAgentProps);
  declareOutputs(stack, agentOutputs, made);
  return {
    name: 'haproxy-agent',
    inputs: agentInputs,
    outputs: agentOutputs,
    configuration: stack.toTerraform() as JsonObject,
    moved: [],
  };
}

/** Every module there is. */
export function allModules(): ModuleSource[] {
  return [registratorModule(), registryModule(), proxyModule(), agentModule()];
}

function zipBeside(name: string): string {
  return `${Token.asString(ref('path.module'))}/${name}.zip`;
}
