import type { Command } from 'commander';
import type { Release } from '../../registrator/owners/release.ts';
import type { Context } from '../context.ts';
import { withHelp } from '../help.ts';
import { type JsonOption, jsonOption } from '../json.ts';
import { exitCodes, releaseExitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';
import { assertInteractive, isConfirmed } from './asking.ts';
import { noteUnseen } from './owners.ts';
import { callersScope, withAssembly } from './run.ts';

interface ReleaseOptions extends JsonOption {
  yes?: boolean;
}

export function addRelease(program: Command, context: Context): void {
  const command = program
    .command('release')
    .description("take the registrator's mark off services in Consul, and change nothing else; asks first")
    .argument('<names...>', 'names of services')
    .option('--yes', 'do not ask')
    .addOption(jsonOption('what became of each name'));
  withHelp(command, {
    notes: whatFollows,
    exit: {
      0: 'done',
      1: 'declined',
      65: 'a name is not ours or not there; the others were released',
      75: 'work is left: try again',
      77: 'denied by Consul',
    },
    examples: ['lambda-registrator release orders', 'lambda-registrator release --yes orders billing'],
  }).action(async (names: string[], options: ReleaseOptions) =>
    context.exit(await release(context, names, options)),
  );
}

const whatFollows =
  'The next sync adopts the service of an enabled function again: take the tag off the function, or stop the registrator, ' +
  'to keep it free.';

async function release(
  { env, terminal }: Context,
  names: readonly string[],
  { yes, json }: ReleaseOptions,
): Promise<number> {
  if (!yes) {
    assertInteractive(terminal, 'see what there is with owners');
    const question = `Take our owner's mark off ${names.join(', ')}?`;
    if (!(await isConfirmed(terminal, question))) return exitCodes.declined;
  }
  const result = await withAssembly(env, terminal, async (assembly, deadline) => {
    terminal.progress('Looking for them in Consul…');
    const scope = await callersScope(assembly, deadline);
    return assembly.release(names, scope, deadline);
  });
  noteUnseen(terminal, result.unseen);
  terminal.print(json ? JSON.stringify(result.services) : releaseText(result, terminal));
  return releaseExitCode(result);
}

function releaseText({ services }: Release, { paint }: Terminal): string {
  const lines = services.map(({ outcome, message }) => {
    if (outcome === 'released') return `${paint('green', '✓')} ${message}`;
    return `${paint(outcome === 'failed' ? 'red' : 'cyan', outcome === 'failed' ? 'x' : '!')} ${message}`;
  });
  const isAny = services.some(({ outcome }) => outcome === 'released');
  return [...lines, ...(isAny ? ['', whatFollows] : [])].join('\n');
}
