import type { Command } from 'commander';
import { AppError } from '../../core/errors.ts';
import type { Result } from '../../registrator/app.ts';
import type { Context } from '../context.ts';
import { exitCodes, syncExitCode } from '../exit-code.ts';
import { plan } from './plan.ts';
import { type ReconcileOptions, withReconcileOptions } from './reconcile.ts';
import { reportText } from './report-text.ts';

interface SyncOptions extends ReconcileOptions {
  yes?: boolean;
  dryRun?: boolean;
}

export function addSync(program: Command, context: Context): void {
  withReconcileOptions(program.command('sync'))
    .description('make Consul equal to the tags on Lambda functions; shows the plan and asks first')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'as plan')
    .addHelpText(
      'after',
      '\nExit status: 0 done, 1 declined, 3 a guard refused deletions, 65 bad tags, 75 work is left to try again, ' +
        '76 another config entry needs what should go, 77 denied.',
    )
    .action(async (options: SyncOptions) =>
      context.exit(options.dryRun ? await plan(context, options) : await sync(context, options)),
    );
}

async function sync({ reconcile, terminal }: Context, options: SyncOptions): Promise<number> {
  const print = (result: Result): number => {
    const { report } = result;
    terminal.print(options.json ? JSON.stringify(report) : reportText(report, terminal.paint));
    return syncExitCode(result);
  };
  if (!options.yes) {
    if (!terminal.interactive) {
      throw new AppError(
        'USAGE',
        'There is no terminal to ask on: add --yes, or see what would change with plan.',
      );
    }
    const planned = await reconcile(options, true);
    if (planned.report.changes.length === 0) return print(planned);
    terminal.note(reportText(planned.report, terminal.paint));
    if (!(await terminal.confirm('\nChange Consul as shown?'))) {
      terminal.note('Nothing was changed.');
      return exitCodes.declined;
    }
  }
  return print(await reconcile(options, false));
}
