import { LambdaFunctionEventInvokeConfig } from '@cdktf/provider-aws/lib/lambda-function-event-invoke-config/index.js';
import { Construct } from 'constructs';
import { registratorOptions } from '../../src/registrator/config.ts';
import { passedVariables } from '../inputs/common.ts';
import { addressPattern, passedOn, registratorInputs } from '../inputs/registrator.ts';
import {
  atMost,
  both,
  buildUnlessFalse,
  choose,
  either,
  given,
  holdsOnly,
  ifGiven,
  joined,
  matches,
  not,
} from '../values/decision.ts';
import { environment } from '../values/environment.ts';
import { named, namedDecision } from '../values/named.ts';
import { type PropsOf, readInputs, type ValuesOf } from '../values/inputs.ts';
import type { Outputs } from '../values/outputs.ts';
import type { Requirement } from '../values/requirements.ts';
import { Account } from './account.ts';
import { DeadLetters } from './registrator/dead-letters.ts';
import { bufferName, receiveEvents } from './registrator/event-buffer.ts';
import { LambdaEvents } from './registrator/lambda-events.ts';
import { NodeFunction } from './node-function.ts';
import { decryptThrough, keepExtensionData, qualifiedName, readParameter } from './parameters.ts';
import type { Statement } from './policy.ts';
import { RegistratorWatch } from './registrator/registrator-watch.ts';
import { SyncSchedule } from './registrator/sync-schedule.ts';
import { Trail } from './registrator/trail.ts';

/** Described one by one in infra/inputs; `zip` is the path of `registrator.zip` as Terraform sees it. */
export type LambdaRegistratorProps = PropsOf<typeof registratorInputs> & { readonly zip: string };

export const registratorOutputs: Outputs<LambdaRegistrator> = {
  functionName: 'Name of the function, also the dimension of its metrics.',
  functionArn: 'ARN of the function.',
  roleName: 'Name of the role of the function.',
  roleArn: 'ARN of the role of the function.',
  deadLetterQueueArn: 'ARN of the queue that keeps what could not be delivered or handled.',
  logGroupName: 'Name of the log group.',
};

type Settings = ValuesOf<typeof registratorInputs>;

/**
 * The registrator: its function, what starts it (Lambda events and a schedule), where lost work goes, and who is told.
 * @throws InputError when a property breaks its rule or contradicts another
 */
export class LambdaRegistrator extends Construct {
  readonly functionName: string;
  readonly functionArn: string;
  readonly roleArn: string;
  readonly roleName: string;
  readonly deadLetterQueueArn: string;
  readonly logGroupName: string;

  constructor(scope: Construct, id: string, { zip, ...props }: LambdaRegistratorProps) {
    super(scope, id);
    const asGiven = readInputs('LambdaRegistrator', registratorInputs, props);
    const settings = withOneSpelling(this, asGiven);
    const account = new Account(this, 'account');
    const deadLetters = new DeadLetters(this, 'dead-letters', settings);
    const lambda = new NodeFunction(this, 'registrator', {
      account,
      settings,
      zip,
      description: 'Keeps Consul equal to the tags on Lambda functions',
      environment: environment(this, variables(settings)),
      statements: statements(account, settings, deadLetters.arn),
      requirements: [consulIsAddressed(this, asGiven), ...requirements(asGiven)],
    });
    new LambdaFunctionEventInvokeConfig(this, 'retries', {
      functionName: lambda.name,
      maximumRetryAttempts: settings.maximumRetryAttempts,
      maximumEventAgeInSeconds: settings.maximumEventAgeInSeconds,
      destinationConfig: { onFailure: { destination: deadLetters.arn } },
    });
    new LambdaEvents(this, 'events', { function: lambda, settings, deadLetters });
    new SyncSchedule(this, 'sync', { account, function: lambda, settings, deadLetters });
    buildUnlessFalse(
      settings.createTrail,
      (when) => new Trail(this, 'trail', { when, account, ...settings }),
    );
    new RegistratorWatch(this, 'watch', {
      account,
      settings,
      functionName: lambda.name,
      deadLetterQueue: deadLetters.name,
    });
    this.functionName = lambda.name;
    this.functionArn = lambda.arn;
    this.roleArn = lambda.role.arn;
    this.roleName = lambda.role.name;
    this.deadLetterQueueArn = deadLetters.arn;
    this.logGroupName = lambda.logGroupName;
  }
}

/** Parameters under the names that the rest goes by. */
function withOneSpelling(scope: Construct, settings: Settings): Settings {
  const { consulCaCertPath, caCertPath, consulHttpTokenPath, httpTokenPath } = settings;
  const parameter = (one: string, other: string) => qualifiedName(choose(given(other), other, one));
  return {
    ...settings,
    consulCaCertPath: named(scope, 'ca-cert-path', parameter(consulCaCertPath, caCertPath)),
    consulHttpTokenPath: named(scope, 'http-token-path', parameter(consulHttpTokenPath, httpTokenPath)),
  };
}

function variables(settings: Settings): Record<string, string | undefined> {
  const options = registratorOptions;
  return {
    ...passedVariables(passedOn, settings),
    [options.address.env]: settings.consulHttpAddr,
    [options.ssl.env]: choose(given(settings.consulCaCertPath), 'true', settings.consulHttpSsl),
    [options.caParameter.env]: ifGiven(settings.consulCaCertPath),
    [options.tokenParameter.env]: ifGiven(settings.consulHttpTokenPath),
    [options.datacenter.env]: ifGiven(settings.consulDatacenter),
    [options.primaryDatacenter.env]: ifGiven(settings.primaryDatacenter),
    [options.enterprise.env]: choose<string | undefined>(settings.enterprise, 'true', undefined),
    [options.partitions.env]: joined(settings.partitions),
    [options.terminatingGateway.env]: ifGiven(settings.terminatingGateway),
    [options.extensionPrefix.env]: ifGiven(settings.consulExtensionDataPrefix),
    [options.extensionTier.env]: ifGiven(settings.consulExtensionDataTier),
    [options.extensionKey.env]: settings.extensionDataKmsKeyArn,
    [options.syncPeriod.env]: `${settings.syncFrequencyInMinutes}`,
    [options.previousOwnerIds.env]: joined(settings.previousOwnerIds),
    [options.nodeName.env]: settings.nodeName,
    [options.logLevel.env]: settings.logLevel,
  };
}

/** What the registrator calls, and nothing else. */
function statements(account: Account, settings: Settings, deadLetters: string): Statement[] {
  return [
    // Neither of these can be limited to resources:
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
    { sid: 'FindFunctions', actions: ['lambda:ListFunctions', 'tag:GetResources'], resources: ['*'] },
    { sid: 'ReadTags', actions: ['lambda:ListTags'], resources: [account.arn('lambda', 'function:*')] },
    { sid: 'KeepFailedEvents', actions: ['sqs:SendMessage'], resources: [deadLetters] },
    readParameter(account, 'ReadCaCertificate', settings.consulCaCertPath),
    readParameter(account, 'ReadToken', settings.consulHttpTokenPath),
    decryptThrough(account, ['ssm'], settings.parameterKmsKeyArns),
    ...keepExtensionData(account, settings.consulExtensionDataPrefix, settings.extensionDataKmsKeyArn),
    receiveEvents(account.arn('sqs', bufferName(settings.name)), settings.bufferEvents),
  ];
}

/** Neither Terraform nor this shows the address that is refused. */
function consulIsAddressed(scope: Construct, { consulHttpAddr }: Settings): Requirement {
  return {
    holds: namedDecision(scope, 'consul-is-addressed', matches(consulHttpAddr, addressPattern)),
    message:
      'consul_http_addr must be a Consul address as host:port, http://host:port or https://host:port, with a path where there is one, for example consul_http_addr = "https://consul.example.com:8501"; a function reaches no unix socket, and credentials do not belong there: take consul_http_token_path.',
  };
}

function requirements(settings: Settings): Requirement[] {
  const notBoth = (one: string, other: string) => not(both(given(one), given(other)));
  return [
    {
      holds: notBoth(settings.consulCaCertPath, settings.caCertPath),
      message:
        'consul_ca_cert_path and ca_cert_path are one input; give one, for example consul_ca_cert_path = "/consul/ca".',
    },
    {
      holds: notBoth(settings.consulHttpTokenPath, settings.httpTokenPath),
      message:
        'consul_http_token_path and http_token_path are one input; give one, for example consul_http_token_path = "/consul/token".',
    },
    {
      holds: either(settings.enterprise, holdsOnly(settings.partitions, 'default')),
      message:
        'partitions other than default need enterprise, since Consul Community has none, for example enterprise = true with partitions = ["default", "apps"].',
    },
    {
      // Below 1 nothing is reserved: -1 sets no limit, 0 switches the function off.
      holds: either(
        either(not(settings.bufferEvents), not(atMost(1, settings.reservedConcurrentExecutions))),
        atMost(settings.bufferMaximumConcurrency, settings.reservedConcurrentExecutions),
      ),
      message:
        'reserved_concurrent_executions below buffer_maximum_concurrency throttles batches into dead letters, so reserve more, for example reserved_concurrent_executions = 3 with buffer_maximum_concurrency = 2.',
    },
  ];
}
