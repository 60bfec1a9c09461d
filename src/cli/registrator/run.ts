import { createAwsCallerIdentity } from '../../aws/caller-identity.ts';
import type { Environment } from '../../config/options.ts';
import { systemClock } from '../../core/clock.ts';
import { deadlineIn } from '../../core/deadline.ts';
import { systemRandom } from '../../core/random.ts';
import { uniqueFunctionArns } from '../../lambda-service/arn.ts';
import { assemble } from '../../registrator/compose.ts';
import { readRegistratorConfig } from '../../registrator/config.ts';
import { scopeOf } from '../../registrator/model/ownership.ts';
import type { ChangeEntry } from '../../registrator/model/report.ts';
import type { Task } from '../../registrator/model/task.ts';
import type { Reconcile, ReconcileOptions } from './reconcile.ts';
import type { Terminal } from '../terminal.ts';

/**
 * The registrator as the Lambda function runs it, configured by `env` alike, for the account of the AWS credentials in
 * use and without a deadline.
 */
export function registratorIn(env: Environment, terminal: Terminal): Reconcile {
  return async (options, dryRun) => {
    const config = readRegistratorConfig({
      ...env,
      ...(options.policy === undefined ? {} : { SYNC_POLICY: options.policy }),
    });
    for (const warning of config.warnings) terminal.note(`warning: ${warning}`);
    const assembly = assemble(config, {
      clock: systemClock,
      wallClock: () => Date.now(),
      random: systemRandom,
    });
    try {
      const deadline = deadlineIn(systemClock, Number.POSITIVE_INFINITY);
      const caller = await createAwsCallerIdentity({ random: systemRandom }).identity(deadline);
      terminal.progress('Reading Consul and AWS…');
      const task = taskOf(options, dryRun);
      const onChange = dryRun ? () => {} : progressOn(terminal);
      return await assembly.synchronise(task, scopeOf(caller, config), deadline, onChange);
    } finally {
      assembly.close();
    }
  };
}

function taskOf(options: ReconcileOptions, dryRun: boolean): Task {
  if (options.function === undefined) return { kind: 'full', dryRun };
  return { kind: 'functions', arns: uniqueFunctionArns(options.function), dryRun };
}

function progressOn(terminal: Terminal): (change: ChangeEntry) => void {
  let made = 0;
  return ({ action, service }) => {
    made += 1;
    terminal.progress(`${made} made, last: ${action} ${service}`);
  };
}
