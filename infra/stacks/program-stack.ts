import { AwsProvider } from '@cdktf/provider-aws/lib/provider/index.js';
import { AssetType, LocalBackend, S3Backend, TerraformAsset, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { agentOutputs, HaproxyAgent, type HaproxyAgentProps } from '../constructs/haproxy-agent.ts';
import { LambdaProxy, type LambdaProxyProps, proxyOutputs } from '../constructs/lambda-proxy.ts';
import {
  LambdaRegistrator,
  type LambdaRegistratorProps,
  registratorOutputs,
} from '../constructs/lambda-registrator.ts';
import { LambdaRegistry, type LambdaRegistryProps, registryOutputs } from '../constructs/lambda-registry.ts';
import { declareOutputs } from '../values/outputs.ts';
import type { Settings } from './settings.ts';

/** One program, its provider and its state. */
class ProgramStack extends TerraformStack {
  constructor(scope: Construct, id: string, { region, backend }: Settings) {
    super(scope, id);
    new AwsProvider(this, 'aws', { region });
    if (backend === undefined) new LocalBackend(this, { path: `terraform.${id}.tfstate` });
    else new S3Backend(this, { ...backend, key: `${backend.key}/${id}`, encrypt: true });
  }

  /** A zip, copied beside the synthesised stack; its path there does not change with its content. */
  protected copied(zip: string): string {
    return new TerraformAsset(this, 'zip', { path: zip, type: AssetType.FILE, assetHash: 'bundle' }).path;
  }
}

/** `bundles` is the folder where `npm run build` left the zips. */
export class RegistratorStack extends ProgramStack {
  constructor(scope: Construct, id: string, settings: Settings, bundles: string) {
    super(scope, id, settings);
    const props = settings.registrator as Omit<LambdaRegistratorProps, 'zip'>;
    const zip = this.copied(`${bundles}/registrator.zip`);
    declareOutputs(this, registratorOutputs, new LambdaRegistrator(this, 'registrator', { ...props, zip }));
  }
}

/** As {@link RegistratorStack}. */
export class RegistryStack extends ProgramStack {
  constructor(scope: Construct, id: string, settings: Settings, bundles: string) {
    super(scope, id, settings);
    const props = settings.registry as Omit<LambdaRegistryProps, 'zip'>;
    const zip = this.copied(`${bundles}/registry.zip`);
    declareOutputs(this, registryOutputs, new LambdaRegistry(this, 'registry', { ...props, zip }));
  }
}

/** Needs an image, which is in a registry, and no bundle. */
export class ProxyStack extends ProgramStack {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id, settings);
    const props = settings.proxy as LambdaProxyProps;
    declareOutputs(this, proxyOutputs, new LambdaProxy(this, 'proxy', props));
  }
}

/** As {@link ProxyStack}. */
export class AgentStack extends ProgramStack {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id, settings);
    const props = settings.agent as HaproxyAgentProps;
    declareOutputs(this, agentOutputs, new HaproxyAgent(this, 'agent', props));
  }
}
