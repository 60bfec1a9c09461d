import { Construct } from 'constructs';
import { logMessages } from '../../src/config/log-messages.ts';
import { agentInputs } from '../inputs/agent.ts';
import { equals, joined, not } from '../values/decision.ts';
import { joinedLists } from '../values/lists.ts';
import { type PropsOf, readInputs, type ValuesOf } from '../values/inputs.ts';
import type { Outputs } from '../values/outputs.ts';
import { Account } from './account.ts';
import { anyOf, fiveMinutes } from './alarms.ts';
import { Access } from './ecs/access.ts';
import type { Program } from './ecs/containers.ts';
import { ProgramService } from './ecs/program-service.ts';
import { ProgramTask } from './ecs/program-task.ts';
import { ProgramWatch } from './ecs/program-watch.ts';
import type { Statement } from './policy.ts';

/** Described one by one in infra/inputs. */
export type HaproxyAgentProps = PropsOf<typeof agentInputs>;

export const agentOutputs: Outputs<HaproxyAgent> = {
  serviceName: 'Name of the service of ECS.',
  taskDefinitionArn: 'ARN of the task definition, with its revision.',
  taskRoleArn: 'ARN of the role that the agent has.',
  executionRoleArn: 'ARN of the role that ECS starts tasks with.',
  securityGroupId: 'Security group of the tasks, as for those that servers or Consul let in.',
  healthCheckPath: 'Path that the target group asks for health.',
  healthCheckPort: 'Port that it is asked on.',
  logGroupName: 'Name of the log group.',
};

type Settings = ValuesOf<typeof agentInputs>;

const healthPort = 3000;
/** Where the agent is asked within its container. */
const admin = '127.0.0.1:9091';

/**
 * The agent and its HAProxy as a service of ECS: their tasks, what they may read, and who is told.
 * @throws InputError when a property breaks its rule or contradicts another
 */
export class HaproxyAgent extends Construct {
  readonly serviceName: string;
  readonly taskDefinitionArn: string;
  readonly taskRoleArn: string;
  readonly executionRoleArn: string;
  readonly securityGroupId: string;
  readonly healthCheckPath = '/readyz';
  readonly healthCheckPort = `${healthPort}`;
  readonly logGroupName: string;

  constructor(scope: Construct, id: string, props: HaproxyAgentProps) {
    super(scope, id);
    const settings = readInputs('HaproxyAgent', agentInputs, props);
    const account = new Account(this, 'account');
    const program = programOf(settings);
    const access = new Access(this, 'access', settings, program.ports);
    const task = new ProgramTask(this, 'task', {
      account,
      access,
      settings,
      program,
      statements: readCloudMap(account, settings),
      permits: settings.readCloudMap,
      requirements: [
        {
          holds: not(equals(settings.port, healthPort)),
          message: `port must be another than ${healthPort}, where the agent is asked for its health.`,
        },
      ],
    });
    const taskDefinitionArn = task.definitionArn;
    const service = new ProgramService(this, 'service', { settings, program, taskDefinitionArn, access });
    watch(this, account, settings, task.logGroupName);
    this.serviceName = service.name;
    this.taskDefinitionArn = taskDefinitionArn;
    this.taskRoleArn = task.role.arn;
    this.executionRoleArn = task.executionRole.arn;
    this.securityGroupId = access.groupId;
    this.logGroupName = task.logGroupName;
  }
}

function programOf(settings: Settings): Program {
  const trustedProxies = joined(settings.trustedProxies);
  return {
    name: 'agent',
    configuration: settings.configuration,
    environment: {
      BIND: `:${settings.port}`,
      HEALTH_BIND: `:${healthPort}`,
      ADMIN_BIND: admin,
      LOG_LEVEL: settings.logLevel,
      ...(trustedProxies !== undefined && { TRUSTED_PROXIES: trustedProxies }),
    },
    ports: [settings.port, healthPort],
    healthUrl: `http://${admin}/readyz`,
    // HAProxy's files and sockets.
    writes: true,
  };
}

/**
 * Namespaces and services cannot be limited where they are listed; where they are read, they are those of accounts, since
 * their ARNs do not tell their names
 * (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudmap.html).
 */
function readCloudMap(account: Account, { cloudMapAccountIds }: Settings): Statement[] {
  return [
    {
      sid: 'ListCloudMap',
      actions: ['servicediscovery:ListNamespaces', 'servicediscovery:ListServices'],
      resources: ['*'],
    },
    {
      sid: 'ReadCloudMap',
      actions: [
        'servicediscovery:DiscoverInstances',
        'servicediscovery:DiscoverInstancesRevision',
        'servicediscovery:GetInstancesHealthStatus',
        'servicediscovery:ListInstances',
      ],
      resources: account.arnsIn(joinedLists([account.id], cloudMapAccountIds), 'servicediscovery', '*'),
    },
  ];
}

function watch(scope: Construct, account: Account, settings: Settings, logGroupName: string): void {
  new ProgramWatch(scope, 'watch', {
    account,
    settings,
    logGroupName,
    namespace: 'HaproxyAgent',
    metrics: {
      // It is said from the first failure on, which may be over in a moment.
      StaleSources: { pattern: `{ ($.msg = "${logMessages.staleSource}") && ($.age_s >= 60) }` },
      RejectedConfigurations: { pattern: `{ $.msg = "${logMessages.rejectedConfiguration}" }` },
      Reloads: { pattern: '{ $.how = "reload" }' },
      RuntimeChanges: { pattern: '{ $.how = "runtime" }' },
    },
    alarms: (metric) => ({
      'stale-source': anyOf(
        metric('StaleSources'),
        fiveMinutes,
        'A source has not been read for over a minute; what it said before is served.',
      ),
      'rejected-configuration': anyOf(
        metric('RejectedConfigurations'),
        fiveMinutes,
        'HAProxy refuses what sources ask for; the configuration before is served.',
      ),
    }),
    panels: (row) => ({
      Changes: [row('Reloads'), row('RuntimeChanges')],
      'Not done': [row('RejectedConfigurations'), row('StaleSources')],
    }),
  });
}
