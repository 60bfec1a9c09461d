import type { Command } from 'commander';
import type { OwnerEntry } from '../../registrator/owners/list.ts';
import type { Unseen } from '../../registrator/owners/unseen.ts';
import type { Context } from '../context.ts';
import { withHelp } from '../help.ts';
import { type JsonOption, jsonOption } from '../json.ts';
import { unseenExitCode } from '../exit-code.ts';
import { table } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { withAssembly } from './run.ts';

export function addOwners(program: Command, context: Context): void {
  const command = program
    .command('owners')
    .description('show who owns Lambda services in Consul, in every datacenter that it knows')
    .addOption(jsonOption('the list'));
  withHelp(command, {
    notes:
      'An owner is the mark of OWNER_ID; null in JSON is what carries none, as the Go registrator leaves it. What cannot be read is told on standard error, and the rest is shown.',
    exit: { 0: 'all was seen', 75: 'a datacenter is away', 77: 'something is hidden from the token' },
    examples: ['lambda-registrator owners', "lambda-registrator owners --json | jq -r '.[].owner'"],
  }).action(async (options: JsonOption) => context.exit(await owners(context, options)));
}

async function owners({ env, terminal }: Context, { json }: JsonOption): Promise<number> {
  const { owners: entries, unseen } = await withAssembly(env, terminal, (assembly, deadline) => {
    terminal.progress('Reading Consul…');
    return assembly.owners(deadline);
  });
  noteUnseen(terminal, unseen);
  terminal.print(json ? JSON.stringify(entries) : ownersText(entries));
  return unseenExitCode(unseen);
}

/** Tells of places that could not be read, or not whole. */
export function noteUnseen(terminal: Terminal, unseen: readonly Unseen[]): void {
  for (const { where, error } of unseen)
    terminal.note(`warning: Not all of ${where} was seen: ${error.message}`);
}

function ownersText(entries: readonly OwnerEntry[]): string {
  if (entries.length === 0) return 'No services of a registrator were found.';
  const isEnterprise = entries.some(({ partition }) => partition !== undefined);
  const columns = [
    'owner',
    'node',
    'datacenter',
    ...(isEnterprise ? (['partition'] as const) : []),
    'services',
    'example',
    'parameters',
  ] as const;
  const rows = entries.map(({ owner, node, datacenter, partition = '', services, example, parameters }) => ({
    owner: owner ?? 'none (Go registrator)',
    node,
    datacenter,
    partition,
    services: String(services),
    example,
    parameters: String(parameters.length),
  }));
  return table(columns, rows);
}
