import { Fn, ref, TerraformLocal, Token } from 'cdktf';
import { Construct } from 'constructs';
import { logMessages } from '../../src/config/log-messages.ts';
import { proxyInputs } from '../inputs/proxy.ts';
import { equals, given, matches, not, present } from '../values/decision.ts';
import { type PropsOf, readInputs, type ValuesOf } from '../values/inputs.ts';
import type { Outputs } from '../values/outputs.ts';
import type { Requirement } from '../values/requirements.ts';
import { Account } from './account.ts';
import { anyOf, fiveMinutes } from './alarms.ts';
import { Access } from './ecs/access.ts';
import type { Program } from './ecs/containers.ts';
import { ProgramService } from './ecs/program-service.ts';
import { ProgramTask } from './ecs/program-task.ts';
import { ProgramWatch } from './ecs/program-watch.ts';
import type { Statement } from './policy.ts';

/** Described one by one in infra/inputs. */
export type LambdaProxyProps = PropsOf<typeof proxyInputs>;

export const proxyOutputs: Outputs<LambdaProxy> = {
  serviceName: 'Name of the service of ECS.',
  taskDefinitionArn: 'ARN of the task definition, with its revision.',
  taskRoleArn: 'ARN of the role that the proxy has.',
  executionRoleArn: 'ARN of the role that ECS starts tasks with.',
  securityGroupId: 'Security group of the tasks, as for those that functions or Consul let in.',
  healthCheckPath: 'Path that the target group asks for health, on the port of requests.',
  logGroupName: 'Name of the log group.',
};

type Settings = ValuesOf<typeof proxyInputs>;

/** Where the proxy is asked for its health within its container. */
const adminPort = 9090;

/**
 * The proxy as a service of ECS: its tasks, what they may do, and who is told.
 * @throws InputError when a property breaks its rule or contradicts another
 */
export class LambdaProxy extends Construct {
  readonly serviceName: string;
  readonly taskDefinitionArn: string;
  readonly taskRoleArn: string;
  readonly executionRoleArn: string;
  readonly securityGroupId: string;
  readonly healthCheckPath: string;
  readonly logGroupName: string;

  constructor(scope: Construct, id: string, props: LambdaProxyProps) {
    super(scope, id);
    const settings = readInputs('LambdaProxy', proxyInputs, props);
    const account = new Account(this, 'account');
    const program = programOf(settings);
    const access = new Access(this, 'access', settings, program.ports);
    const task = new ProgramTask(this, 'task', {
      account,
      access,
      settings,
      program,
      statements: statements(this, settings),
      permits: true,
      requirements: requirements(settings),
    });
    const taskDefinitionArn = task.definitionArn;
    const service = new ProgramService(this, 'service', { settings, program, taskDefinitionArn, access });
    watch(this, account, settings, task.logGroupName);
    this.serviceName = service.name;
    this.taskDefinitionArn = taskDefinitionArn;
    this.taskRoleArn = task.role.arn;
    this.executionRoleArn = task.executionRole.arn;
    this.securityGroupId = access.groupId;
    this.healthCheckPath = `/${settings.internalRoutePrefix}/healthz`;
    this.logGroupName = task.logGroupName;
  }
}

function programOf(settings: Settings): Program {
  const own = [
    'host: 0.0.0.0',
    `port: ${settings.port}`,
    `internal_route_prefix: ${settings.internalRoutePrefix}`,
    `admin: { host: 127.0.0.1, port: ${adminPort} }`,
  ];
  return {
    name: 'proxy',
    // Behind what is given, so that the lines of a message are those of the input.
    configuration: [settings.configuration, ...own, ''].join('\n'),
    environment: {},
    ports: [settings.port],
    healthUrl: `http://127.0.0.1:${adminPort}/readyz`,
    writes: false,
  };
}

/** What the proxy calls, and nothing else: `lambda:InvokeFunction` is for streams, too. */
function statements(scope: Construct, settings: Settings): Statement[] {
  const { functionTag, assumedRoleArns } = settings;
  const actions = ['lambda:InvokeFunction'];
  const resources = withQualifiers(scope, settings.functionArns);
  const tagged = {
    test: 'StringEquals',
    variable: `aws:ResourceTag/${functionTag}`,
    values: ['true'],
  };
  return [
    { sid: 'InvokeFunctions', when: not(present(functionTag)), actions, resources },
    { sid: 'InvokeTaggedFunctions', when: present(functionTag), actions, resources, condition: [tagged] },
    {
      sid: 'AssumeRoles',
      when: given(assumedRoleArns),
      actions: ['sts:AssumeRole'],
      resources: assumedRoleArns,
    },
  ];
}

/**
 * Functions without a qualifier also with every one
 * (https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html).
 */
function withQualifiers(scope: Construct, arns: string[]): string[] {
  if (!Token.isUnresolved(arns) && !arns.some((arn) => Token.isUnresolved(arn)))
    return arns.flatMap((arn) => (arn.split(':').length > 7 ? [arn] : [arn, `${arn}:*`]));
  const local = new TerraformLocal(scope, 'function-arns', arns);
  const each = `for arn in local.${local.friendlyUniqueId}`;
  const all = `length(split(":", arn)) > 7 ? [arn] : [arn, "\${arn}:*"]`;
  return Token.asList(Fn.flatten(Token.asAny(ref(`[${each} : ${all}]`))));
}

function requirements({ functionArns, configuration, port }: Settings): Requirement[] {
  return [
    {
      holds: given(functionArns),
      message:
        'function_arns must name at least one function, for example function_arns = ["arn:aws:lambda:eu-central-1:123456789012:function:shop"].',
    },
    {
      holds: not(
        matches(
          configuration,
          /^\s*[\x5b\x7b]|(^|\n)['\x22]?(admin|host|internal_route_prefix|internal_routes|port)['\x22]?\s*:/,
        ),
      ),
      message:
        'configuration must be YAML in lines, as "aws:\\n  - …", and leave out admin, host, internal_route_prefix, internal_routes and port: take the inputs port and internal_route_prefix.',
    },
    {
      holds: not(equals(port, adminPort)),
      message: `port must be another than ${adminPort}, where the proxy is asked for its health.`,
    },
  ];
}

function watch(scope: Construct, account: Account, settings: Settings, logGroupName: string): void {
  const { request, staleSource } = logMessages;
  new ProgramWatch(scope, 'watch', {
    account,
    settings,
    logGroupName,
    namespace: 'LambdaProxy',
    metrics: {
      Requests: { pattern: `{ $.msg = "${request}" }` },
      ServerErrors: { pattern: `{ ($.msg = "${request}") && ($.status >= 500) }` },
      Duration: { pattern: `{ $.msg = "${request}" }`, milliseconds: 'duration_ms' },
      StaleSources: { pattern: `{ $.msg = "${staleSource}" }` },
    },
    alarms: (metric) => ({
      'server-errors': {
        ...anyOf(metric('ServerErrors'), fiveMinutes, 'Requests are answered with 500 and above.'),
        threshold: settings.serverErrorsThreshold,
      },
      'stale-source': anyOf(
        metric('StaleSources'),
        fiveMinutes,
        'Consul has not answered for over a minute.',
      ),
    }),
    panels: (row) => ({
      Requests: [row('Requests'), row('ServerErrors')],
      Duration: [row('Duration', 'p50'), row('Duration', 'p99')],
      'Stale sources': [row('StaleSources')],
    }),
  });
}
