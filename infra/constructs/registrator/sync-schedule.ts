import { IamRole } from '@cdktf/provider-aws/lib/iam-role/index.js';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy/index.js';
import { SchedulerSchedule } from '@cdktf/provider-aws/lib/scheduler-schedule/index.js';
import { SchedulerScheduleGroup } from '@cdktf/provider-aws/lib/scheduler-schedule-group/index.js';
import { conditional, Fn, Op, Token } from 'cdktf';
import { Construct } from 'constructs';
import type { registratorInputs } from '../../inputs/registrator.ts';
import type { ValuesOf } from '../../values/inputs.ts';
import type { Account } from '../account.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { NodeFunction } from '../node-function.ts';
import { assumedBy, policyDocument } from '../policy.ts';

interface SyncScheduleProps {
  readonly account: Account;
  readonly function: NodeFunction;
  readonly settings: ValuesOf<typeof registratorInputs>;
  readonly deadLetters: DeadLetters;
}

/** The next sync repairs what a lost one left, so a late start is tried a few times only. */
const startAttempts = 3;

/** Starts a full sync every few minutes. */
export class SyncSchedule extends Construct {
  constructor(scope: Construct, id: string, props: SyncScheduleProps) {
    super(scope, id);
    const { account, settings, deadLetters } = props;
    const group = new SchedulerScheduleGroup(this, 'group', { name: settings.name, tags: settings.tags });
    const role = new IamRole(this, 'role', {
      namePrefix: rolePrefix(settings.name),
      assumeRolePolicy: policyDocument(this, 'trust', [
        // A schedule group, never a schedule:
        // https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
        assumedBy('scheduler.amazonaws.com', [
          {
            test: 'ArnEquals',
            variable: 'aws:SourceArn',
            values: [account.arn('scheduler', `schedule-group/${settings.name}`)],
          },
          { test: 'StringEquals', variable: 'aws:SourceAccount', values: [account.id] },
        ]),
      ]),
      permissionsBoundary: settings.permissionsBoundary,
      tags: settings.tags,
    });
    const policy = new IamRolePolicy(this, 'permissions', {
      name: 'start-sync',
      role: role.id,
      policy: policyDocument(this, 'permission', [
        { sid: 'StartSync', actions: ['lambda:InvokeFunction'], resources: [props.function.arn] },
        { sid: 'KeepLostStarts', actions: ['sqs:SendMessage'], resources: [deadLetters.arn] },
      ]),
    });
    new SchedulerSchedule(this, 'schedule', {
      name: 'sync',
      groupName: group.name,
      description: 'Full sync',
      scheduleExpression: rate(settings.syncFrequencyInMinutes),
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: props.function.arn,
        roleArn: role.arn,
        deadLetterConfig: { arn: deadLetters.arn },
        retryPolicy: {
          maximumEventAgeInSeconds: settings.maximumEventAgeInSeconds,
          maximumRetryAttempts: startAttempts,
        },
      },
      dependsOn: [policy],
    });
  }
}

/** EventBridge wants the singular for one: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html */
function rate(minutes: number): string {
  if (!Token.isUnresolved(minutes)) return `rate(${minutes} ${minutes === 1 ? 'minute' : 'minutes'})`;
  const unit = Token.asString(conditional(Op.eq(minutes, 1), 'minute', 'minutes'));
  return `rate(${minutes} ${unit})`;
}

/** IAM takes 38 characters here and adds 26 of its own. */
function rolePrefix(name: string): string {
  const start = Token.isUnresolved(name) ? Fn.substr(name, 0, 27) : name.slice(0, 27);
  return `${start}-scheduler-`;
}
