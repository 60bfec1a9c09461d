import { TerraformLocal, TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import { registryOptions } from '../../src/registry/config.ts';
import { passedVariables } from '../inputs/common.ts';
import { passedOn, registryInputs } from '../inputs/registry.ts';
import {
  both,
  buildUnlessFalse,
  choose,
  type Decision,
  either,
  equals,
  filled,
  given,
  joined,
  not,
  present,
} from '../values/decision.ts';
import { environment } from '../values/environment.ts';
import { type PropsOf, readInputs, type ValuesOf } from '../values/inputs.ts';
import type { Outputs } from '../values/outputs.ts';
import type { Requirement } from '../values/requirements.ts';
import { Account } from './account.ts';
import { type Alarm, Alarms, anyOf, fiveMinutes } from './alarms.ts';
import { HttpApi } from './registry/http-api.ts';
import { NodeFunction } from './node-function.ts';
import { decryptThrough } from './parameters.ts';
import type { Statement } from './policy.ts';
import { RestApi } from './registry/rest-api.ts';
import { ServiceTable } from './registry/service-table.ts';

/** Described one by one in infra/inputs; `zip` is the path of `registry.zip` as Terraform sees it. */
export type LambdaRegistryProps = PropsOf<typeof registryInputs> & { readonly zip: string };

export const registryOutputs: Outputs<LambdaRegistry> = {
  url: 'URL of the API, without a final slash; services are posted to `<url>/generate`.',
  executionArn: 'ARN prefix for `execute-api:Invoke` in the policies of callers.',
  functionName: 'Name of the function.',
  functionArn: 'ARN of the function.',
  roleArn: 'ARN of the role of the function.',
  tableName: 'Name of the table.',
  tableArn: 'ARN of the table.',
};

type Settings = ValuesOf<typeof registryInputs>;

/**
 * The registry: its function, the API in front of it, the table behind it, and who is told.
 * @throws InputError when a property breaks its rule or contradicts another
 */
export class LambdaRegistry extends Construct {
  readonly url: string;
  readonly executionArn: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly roleArn: string;
  readonly tableName: string;
  readonly tableArn: string;

  constructor(scope: Construct, id: string, { zip, ...props }: LambdaRegistryProps) {
    super(scope, id);
    const settings = readInputs('LambdaRegistry', registryInputs, props);
    const account = new Account(this, 'account');
    const table = new ServiceTable(this, 'services', settings);
    const lambda = new NodeFunction(this, 'registry', {
      account,
      settings,
      zip,
      description: 'Turns container state into an HAProxy configuration',
      environment: environment(this, variables(settings, table.name)),
      statements: statements(account, settings, table.arn),
      requirements: requirements(settings),
    });
    const isHttp = equals(settings.apiType, 'http');
    const api = { function: lambda, settings };
    const http = buildUnlessFalse(isHttp, (when) => new HttpApi(this, 'http', { ...api, when }));
    const rest = buildUnlessFalse(not(isHttp), (when) => new RestApi(this, 'rest', { ...api, when }));
    warnOfOpenApi(this, settings);
    buildUnlessFalse(settings.createAlarms, (when) => {
      return new Alarms(this, 'alarm', {
        when,
        name: settings.name,
        actions: settings.alarmActions,
        tags: settings.tags,
        alarms: alarms(lambda.name, table.name),
      });
    });
    this.url = choose(isHttp, http?.url ?? '', rest?.url ?? '');
    this.executionArn = choose(isHttp, http?.executionArn ?? '', rest?.executionArn ?? '');
    this.functionName = lambda.name;
    this.functionArn = lambda.arn;
    this.roleArn = lambda.role.arn;
    this.tableName = table.name;
    this.tableArn = table.arn;
  }
}

function variables(settings: Settings, tableName: string): Record<string, string | undefined> {
  return {
    ...passedVariables(passedOn, settings),
    [registryOptions.tableName.env]: tableName,
    [registryOptions.tables.env]: joined(settings.tables),
    [registryOptions.logLevel.env]: settings.logLevel,
  };
}

/** What the registry calls, and nothing else. */
function statements(account: Account, settings: Settings, tableArn: string): Statement[] {
  const key = settings.tableKmsKeyArn;
  return [
    {
      sid: 'KeepServices',
      actions: ['dynamodb:DeleteItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
      resources: [tableArn],
    },
    decryptThrough(account, ['dynamodb'], key === undefined ? [] : [key], present(key)),
  ];
}

function requirements(settings: Settings): Requirement[] {
  const jwt = equals(settings.authorization, 'jwt');
  return [
    {
      holds: either(not(jwt), both(given(settings.jwtIssuer), given(settings.jwtAudience))),
      message:
        'authorization "jwt" needs jwt_issuer and jwt_audience, for example jwt_issuer = "https://id.example.com" with jwt_audience = ["registry"].',
    },
    {
      holds: either(not(jwt), equals(settings.apiType, 'http')),
      message: 'authorization "jwt" needs api_type "http"; REST APIs take "iam" or "none".',
    },
    {
      holds: either(not(filled(settings.tlsBind)), filled(settings.tlsCert)),
      message: 'tls_bind needs tls_cert, for example tls_bind = ":443" with tls_cert = "/etc/haproxy/certs".',
    },
  ];
}

function alarms(functionName: string, tableName: string): Record<string, Alarm> {
  const lambda = (metricName: string) => ({
    namespace: 'AWS/Lambda',
    metricName,
    dimensions: { FunctionName: functionName },
  });
  const table = (metricName: string) => ({
    namespace: 'AWS/DynamoDB',
    metricName,
    dimensions: { TableName: tableName },
  });
  return {
    errors: anyOf(lambda('Errors'), fiveMinutes, 'Requests end with an error of the function.'),
    throttles: anyOf(lambda('Throttles'), fiveMinutes, 'Requests find no free execution of the function.'),
    'reads-throttled': anyOf(table('ReadThrottleEvents'), fiveMinutes, 'DynamoDB throttles reads.'),
    'writes-throttled': anyOf(table('WriteThrottleEvents'), fiveMinutes, 'DynamoDB throttles writes.'),
  };
}

/** A warning in every plan and apply while the API is open to everybody. */
function warnOfOpenApi(scope: Construct, settings: Settings): void {
  const isOpen: Decision = equals(settings.authorization, 'none');
  if (isOpen === false) return;
  const authorization = new TerraformLocal(scope, 'authorization', settings.authorization);
  TerraformStack.of(scope).addOverride(`check.${authorization.friendlyUniqueId}`, {
    assert: {
      condition: `\${local.${authorization.friendlyUniqueId} != "none"}`,
      error_message: `authorization is "none": anyone who knows the URL of ${settings.name} reads and changes its services; take "iam" or "jwt".`,
    },
  });
}
