import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { isAppError, messageOf } from '../core/errors.ts';
import type { Context } from './context.ts';
import { errorExitCode, exitCodes, exitMeanings } from './exit-code.ts';
import { withHelp } from './help.ts';
import { addAgent } from './agent/agent.ts';
import { addProxy } from './proxy/proxy.ts';
import { addDoctor } from './registrator/doctor.ts';
import { addOwners } from './registrator/owners.ts';
import { addPlan } from './registrator/plan.ts';
import { addRegistry } from './registry/registry.ts';
import { addRender } from './registry/render.ts';
import { addSandboxChanges } from './sandbox/changes.ts';
import { addFaults } from './sandbox/faults.ts';
import { addSandbox } from './sandbox/sandbox.ts';
import { addRelease } from './registrator/release.ts';
import { addSync } from './registrator/sync.ts';
import { addTakeOver } from './registrator/take-over.ts';
import type { Terminal } from './terminal.ts';

/** Runs the command line `args` (without the program's own name) and gives the exit code; never throws. */
export async function runCli(args: readonly string[], world: Omit<Context, 'exit'>): Promise<number> {
  let exitCode: number = exitCodes.ok;
  const exit = (code: number): void => {
    exitCode = code;
  };
  const program = createProgram({ ...world, exit });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    explain(error, world.terminal);
    return errorExitCode(error);
  } finally {
    world.terminal.progress('');
  }
}

/** All commands. */
export function createProgram(context: Context): Command {
  const { terminal } = context;
  const program = new Command('lambda-registrator')
    .description(packageJson.description)
    .version(packageJson.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.note(text.trimEnd()),
    })
    .showHelpAfterError('Add --help to see how it is used.');
  withHelp(program, {
    exit: exitMeanings,
    examples: [
      'lambda-registrator sandbox   # everything on this machine, without an account',
      'lambda-registrator doctor    # what a sync rests on',
      'lambda-registrator plan      # what a sync would change',
    ],
  });
  addPlan(program, context);
  addSync(program, context);
  addDoctor(program, context);
  addTakeOver(program, context);
  addOwners(program, context);
  addRelease(program, context);
  const sandbox = addSandbox(program, context);
  addSandboxChanges(sandbox, context);
  addFaults(sandbox, context);
  addProxy(program, context);
  addAgent(program, context);
  addRegistry(program, context);
  addRender(program, context);
  return program;
}

/** Errors of the command line have been explained by commander; a stack is for a person that meets a defect. */
function explain(error: unknown, terminal: Terminal): void {
  if (error instanceof CommanderError) return;
  const defect = !isAppError(error) && terminal.interactive && error instanceof Error;
  terminal.note(`error: ${defect ? (error.stack ?? error.message) : messageOf(error)}`);
}
