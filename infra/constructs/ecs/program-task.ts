import { EcsTaskDefinition } from '@cdktf/provider-aws/lib/ecs-task-definition/index.js';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role/index.js';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy/index.js';
import { Fn, Token } from 'cdktf';
import { Construct } from 'constructs';
import { buildUnlessFalse, type Decision, existsWhen } from '../../values/decision.ts';
import { mustHold, type Requirement } from '../../values/requirements.ts';
import type { Account } from '../account.ts';
import { makeLogGroup } from '../log-group.ts';
import { assumedBy, policyDocument, type Statement } from '../policy.ts';
import type { Access } from './access.ts';
import { containerDefinitions, type Program, type TaskSettings, volumes } from './containers.ts';
import { startTask } from './permissions.ts';
import { taskRequirements } from './requirements.ts';

interface ProgramTaskProps {
  readonly account: Account;
  readonly access: Access;
  readonly settings: TaskSettings;
  readonly program: Program;
  /** What the program itself may do, where it may do anything. */
  readonly statements: readonly Statement[];
  readonly permits: Decision;
  /** What the inputs of the program must fulfil together, beside what every task asks of its own. */
  readonly requirements: readonly Requirement[];
}

/**
 * A program as tasks of ECS: its log group, unless that is the caller's, the role that starts it, the role that it has, and
 * the definition of its tasks.
 */
export class ProgramTask extends Construct {
  readonly definitionArn: string;
  readonly role: IamRole;
  readonly executionRole: IamRole;
  readonly logGroupName: string;

  constructor(scope: Construct, id: string, props: ProgramTaskProps) {
    super(scope, id);
    const { account, access, settings } = props;
    const program = inRegion(props.program, access.region);
    const log = makeLogGroup(this, settings, `/ecs/${settings.name}`);
    const trust = policyDocument(this, 'trust', [trustOf(account)]);
    this.role = this.roleNamed('role', settings.name, trust, settings);
    const permissions = buildUnlessFalse(props.permits, (when) => {
      return new IamRolePolicy(this, 'permissions', {
        ...existsWhen(when),
        name: settings.name,
        role: this.role.id,
        policy: policyDocument(this, 'permission', props.statements, when),
      });
    });
    this.executionRole = this.roleNamed('execution-role', `${settings.name}-execution`, trust, settings);
    const starting = new IamRolePolicy(this, 'starting', {
      name: settings.name,
      role: this.executionRole.id,
      policy: policyDocument(this, 'start', startTask(this, account, settings, log.name)),
    });
    const definition = new EcsTaskDefinition(this, 'definition', {
      family: settings.name,
      requiresCompatibilities: [settings.capacity],
      networkMode: 'awsvpc',
      cpu: `${settings.cpu}`,
      memory: `${settings.memory}`,
      runtimePlatform: { operatingSystemFamily: 'LINUX', cpuArchitecture: upperCase(settings.arch) },
      taskRoleArn: this.role.arn,
      executionRoleArn: this.executionRole.arn,
      volume: volumes,
      containerDefinitions: containerDefinitions(this, program, settings, {
        group: log.nameOnceMade,
        region: access.region,
      }),
      tags: settings.tags,
      dependsOn: permissions === undefined ? [starting] : [starting, permissions],
      lifecycle: {
        precondition: mustHold(scope, [...props.requirements, ...taskRequirements(program, settings)]),
      },
    });
    this.definitionArn = definition.arn;
    this.logGroupName = log.nameOnceMade;
  }

  private roleNamed(id: string, name: string, trust: string, settings: TaskSettings): IamRole {
    const { permissionsBoundary, tags } = settings;
    return new IamRole(this, id, { name, assumeRolePolicy: trust, permissionsBoundary, tags });
  }
}

/**
 * Tasks of this account alone
 * (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html#create_task_iam_policy_and_role).
 */
function trustOf(account: Account): Statement {
  return assumedBy('ecs-tasks.amazonaws.com', [
    { test: 'ArnLike', variable: 'aws:SourceArn', values: [account.arn('ecs', '*')] },
    { test: 'StringEquals', variable: 'aws:SourceAccount', values: [account.id] },
  ]);
}

/** As the SDKs find it; on instances ECS itself does not say it. */
function inRegion(program: Program, region: string): Program {
  return { ...program, environment: { AWS_REGION: region, ...program.environment } };
}

function upperCase(text: string): string {
  return Token.isUnresolved(text) ? Fn.upper(text) : text.toUpperCase();
}
