import type { Command } from 'commander';
import { planExitCode } from '../exit-code.ts';
import type { Context } from '../context.ts';
import { type ReconcileOptions, withReconcileOptions } from './reconcile.ts';
import { reportText } from './report-text.ts';

export function addPlan(program: Command, context: Context): void {
  withReconcileOptions(program.command('plan'))
    .description('show what a sync would change in Consul, and why; changes nothing')
    .addHelpText(
      'after',
      '\nExit status: 0 nothing to do, 2 changes, 3 a guard would refuse, 75 try again, 77 denied.',
    )
    .action(async (options: ReconcileOptions) => context.exit(await plan(context, options)));
}

/** Prints what would change and gives the exit code. */
export async function plan({ reconcile, terminal }: Context, options: ReconcileOptions): Promise<number> {
  const result = await reconcile(options, true);
  const { report } = result;
  terminal.print(options.json ? JSON.stringify(report) : reportText(report, terminal.paint));
  return planExitCode(result);
}
