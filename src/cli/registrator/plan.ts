import type { Command } from 'commander';
import { planExitCode } from '../exit-code.ts';
import type { Context } from '../context.ts';
import { withHelp } from '../help.ts';
import { type ReconcileOptions, withReconcileOptions } from './reconcile.ts';
import { reportText } from './report-text.ts';

export function addPlan(program: Command, context: Context): void {
  const command = withReconcileOptions(program.command('plan')).description(
    'show what a sync would change in Consul, and why; changes nothing',
  );
  withHelp(command, {
    exit: {
      0: 'nothing to do',
      2: 'there are changes',
      3: 'a guard would refuse deletions',
      75: 'not everything could be read: try again',
      77: 'denied by Consul or AWS',
    },
    examples: [
      'lambda-registrator plan',
      "lambda-registrator plan --json | jq '.changes[].service'",
      'lambda-registrator plan --function arn:aws:lambda:eu-west-1:123456789012:function:orders',
    ],
  }).action(async (options: ReconcileOptions) => context.exit(await plan(context, options)));
}

/** Prints what would change and gives the exit code. */
export async function plan({ reconcile, terminal }: Context, options: ReconcileOptions): Promise<number> {
  const result = await reconcile(options, true);
  const { report } = result;
  terminal.print(options.json ? JSON.stringify(report) : reportText(report, terminal.paint));
  return planExitCode(result);
}
