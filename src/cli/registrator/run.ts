import { createAwsCallerIdentity } from '../../aws/caller-identity.ts';
import type { Environment } from '../../config/options.ts';
import { systemClock } from '../../core/clock.ts';
import { type Deadline, deadlineIn } from '../../core/deadline.ts';
import { systemRandom } from '../../core/random.ts';
import { uniqueFunctionArns } from '../../lambda-service/arn.ts';
import { type Assembly, assemble } from '../../registrator/compose.ts';
import { readRegistratorConfig } from '../../registrator/config.ts';
import { type Scope, scopeOf } from '../../registrator/model/ownership.ts';
import type { ChangeEntry } from '../../registrator/model/report.ts';
import type { Task } from '../../registrator/model/task.ts';
import type { Reconcile, ReconcileOptions } from './reconcile.ts';
import type { Terminal } from '../terminal.ts';

/**
 * The registrator as the Lambda function runs it, configured by `env` alike, for the account of the AWS credentials in
 * use and without a deadline.
 */
export function registratorIn(env: Environment, terminal: Terminal): Reconcile {
  return (options, dryRun) =>
    withAssembly({ ...env, ...settingsOf(options, env) }, terminal, async (assembly, deadline) => {
      const scope = await callersScope(assembly, deadline);
      terminal.progress('Reading Consul and AWS…');
      const task = taskOf(options, dryRun);
      const onChange = dryRun ? () => {} : progressOn(terminal);
      return assembly.synchronise(task, scope, deadline, onChange);
    });
}

/** Runs `work` with a registrator that `env` configures, and closes it in the end; warnings go to the terminal. */
export async function withAssembly<Outcome>(
  env: Environment,
  terminal: Terminal,
  work: (assembly: Assembly, deadline: Deadline) => Promise<Outcome>,
): Promise<Outcome> {
  const config = readRegistratorConfig(env);
  for (const warning of config.warnings) terminal.note(`warning: ${warning}`);
  const assembly = assemble(config, {
    clock: systemClock,
    wallClock: () => Date.now(),
    random: systemRandom,
  });
  try {
    return await work(assembly, deadlineIn(systemClock, Number.POSITIVE_INFINITY));
  } finally {
    assembly.close();
  }
}

/** The scope of a registrator that runs for the caller of the AWS credentials in use. */
export async function callersScope({ config }: Assembly, deadline: Deadline): Promise<Scope> {
  return scopeOf(await createAwsCallerIdentity({ random: systemRandom }).identity(deadline), config);
}

/** What options say in the words of the environment. */
function settingsOf({ policy, from }: ReconcileOptions, env: Environment): Environment {
  return {
    ...(policy === undefined ? {} : { SYNC_POLICY: policy }),
    ...(from === undefined ? {} : { PREVIOUS_OWNER_IDS: `${env['PREVIOUS_OWNER_IDS'] ?? ''},${from}` }),
  };
}

function taskOf(options: ReconcileOptions, dryRun: boolean): Task {
  const { function: functions, allowDeletes } = options;
  if (functions === undefined)
    return { kind: 'full', dryRun, ...(allowDeletes === undefined ? {} : { allowDeletes }) };
  return { kind: 'functions', arns: uniqueFunctionArns(functions), dryRun };
}

function progressOn(terminal: Terminal): (change: ChangeEntry) => void {
  let made = 0;
  return ({ action, service }) => {
    made += 1;
    terminal.progress(`${made} made, last: ${action} ${service}`);
  };
}
