import { type Command, InvalidArgumentError } from 'commander';
import { wholeNumber } from '../../config/fields.ts';
import type { Result } from '../../registrator/app.ts';
import type { Context } from '../context.ts';
import { withHelp } from '../help.ts';
import { exitCodes, syncExitCode } from '../exit-code.ts';
import { assertInteractive, isConfirmed } from './asking.ts';
import { plan } from './plan.ts';
import { type ReconcileOptions, withReconcileOptions } from './reconcile.ts';
import { reportText } from './report-text.ts';

export interface SyncOptions extends ReconcileOptions {
  yes?: boolean;
  dryRun?: boolean;
}

export function addSync(program: Command, context: Context): void {
  const command = withSyncOptions(withReconcileOptions(program.command('sync'))).description(
    'make Consul equal to the tags on Lambda functions; shows the plan and asks first',
  );
  withHelp(command, {
    exit: syncExit,
    examples: [
      'lambda-registrator sync',
      'lambda-registrator sync --yes --policy upsert-only',
      'lambda-registrator sync --allow-deletes 12',
    ],
  }).action(async (options: SyncOptions) => context.exit(await sync(context, options, 'plan')));
}

/** What every command takes that makes a sync of its own. */
export function withSyncOptions(command: Command): Command {
  return command
    .option('--yes', 'do not ask')
    .option('--dry-run', 'as plan')
    .option(
      '--allow-deletes <number>',
      'let up to so many deletions through MAX_DELETE_PERCENT, this once; more are all refused',
      countOf,
    );
}

/** What the exit codes of a sync mean. */
export const syncExit = {
  0: 'done (with --dry-run: as plan)',
  1: 'declined',
  3: 'a guard refused deletions',
  65: 'bad tags',
  75: 'work is left: try again',
  76: 'another config entry needs what should go',
  77: 'denied by Consul or AWS',
};

/**
 * Makes a sync, after a plan and a question unless `options` say otherwise, and gives the exit code.
 * @param planner what shows the plan alone, for whoever cannot be asked
 * @throws AppError USAGE where nobody can be asked
 */
export async function sync(context: Context, options: SyncOptions, planner: string): Promise<number> {
  const { reconcile, terminal } = context;
  if (options.dryRun) return plan(context, options);
  const print = (result: Result): number => {
    const { report } = result;
    terminal.print(options.json ? JSON.stringify(report) : reportText(report, terminal.paint));
    return syncExitCode(result);
  };
  if (!options.yes) {
    assertInteractive(terminal, `see what would change with ${planner}`);
    const planned = await reconcile(options, true);
    if (planned.report.changes.length === 0) return print(planned);
    terminal.note(reportText(planned.report, terminal.paintNote));
    if (!(await isConfirmed(terminal, '\nChange Consul as shown?'))) return exitCodes.declined;
  }
  return print(await reconcile(options, false));
}

function countOf(value: string): number {
  const { data, error } = wholeNumber(1).safeParse(value);
  if (data === undefined)
    throw new InvalidArgumentError(`It ${error?.issues.map(({ message }) => message).join('; ')}.`);
  return data;
}
