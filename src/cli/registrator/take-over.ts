import { type Command, InvalidArgumentError } from 'commander';
import { commaList } from '../../config/fields.ts';
import type { Context } from '../context.ts';
import { withHelp } from '../help.ts';
import { jsonOption } from '../json.ts';
import { sync, syncExit, type SyncOptions, withSyncOptions } from './sync.ts';

export function addTakeOver(program: Command, context: Context): void {
  const command = withSyncOptions(program.command('take-over'))
    .description(
      'sync, and take over the services of this account and region that carry the marks of other owners, as with ' +
        'PREVIOUS_OWNER_IDS; shows the plan and asks first',
    )
    .requiredOption(
      '--from <owner>',
      'the mark to take over from, as owners shows it; several as a comma list',
      ownersOf,
    )
    .addOption(jsonOption('the report'));
  withHelp(command, {
    exit: syncExit,
    examples: [
      'lambda-registrator owners',
      'lambda-registrator take-over --from 123456789012/eu-west-1/old-node',
    ],
  }).action(async (options: SyncOptions) => context.exit(await sync(context, options, '--dry-run')));
}

function ownersOf(value: string): string {
  const owners = commaList.parse(value);
  if (owners.length === 0) throw new InvalidArgumentError('It names no owner.');
  return owners.join(',');
}
