import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group/index.js';
import { Fn, Token } from 'cdktf';
import type { Construct } from 'constructs';
import type { commonInputs } from '../inputs/common.ts';
import { buildUnlessFalse, choose, existsWhen } from '../values/decision.ts';
import type { ValuesOf } from '../values/inputs.ts';

interface LogSettings extends Pick<
  ValuesOf<typeof commonInputs>,
  'createLogGroup' | 'logRetentionInDays' | 'logKmsKeyArn' | 'tags'
> {
  readonly logGroupName?: string | undefined;
}

interface MadeLogGroup {
  readonly name: string;
  /** The same, for what must wait until the group is there. */
  readonly nameOnceMade: string;
  /** Absent where it is known to be the caller's. */
  readonly group: CloudwatchLogGroup | undefined;
}

/** Makes the log group of a program in `scope`, unless it is the caller's. */
export function makeLogGroup(scope: Construct, settings: LogSettings, usualName: string): MadeLogGroup {
  const { logGroupName: named } = settings;
  const name = Token.isUnresolved(named) ? Fn.coalesce([named, usualName]) : (named ?? usualName);
  const group = buildUnlessFalse(
    settings.createLogGroup,
    (when) =>
      new CloudwatchLogGroup(scope, 'log', {
        ...existsWhen(when),
        name,
        retentionInDays: settings.logRetentionInDays,
        kmsKeyId: settings.logKmsKeyArn,
        tags: settings.tags,
      }),
  );
  return { name, nameOnceMade: choose(settings.createLogGroup, group?.name ?? name, name), group };
}
