import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import { programs, requireProgram } from '../../local/binaries.ts';
import { createSandboxFunctions, type SandboxFunctions } from '../../sandbox/functions.ts';
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts';
import { datacenterSteps, type Step, steps } from '../../sandbox/scenario.ts';
import { announceSandbox, withdrawSandbox } from '../../sandbox/state-file.ts';
import type { Context } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import { haproxyIn } from '../haproxy.ts';
import { catchInterruption } from '../../daemon/interruption.ts';
import { demonstrateAgent } from './agent.ts';
import { demonstrateProxy } from './proxy.ts';
import { demonstrateRegistry } from './registry.ts';
import { introductionText, movedText, reconciledText, stayingUpText } from './text.ts';
import type { Terminal } from '../terminal.ts';

/** The built programs beside this one. */
const registrator = new URL('../registrator/index.mjs', import.meta.url).href;
const lambdaHost = fileURLToPath(new URL('../sandbox/index.mjs', import.meta.url));

export function addSandbox(program: Command, context: Context): Command {
  return program
    .command('sandbox')
    .description('try everything on this machine: real Consul, AWS endpoints with a dozen functions')
    .option('--once', 'end after the demonstration, as it does where there is no terminal')
    .addOption(
      new Option(
        '--datacenters <count>',
        'with 2, a second Consul is joined over the WAN, and a function moves',
      )
        .choices(['1', '2'])
        .default('1'),
    )
    .action(async (options: { once?: boolean; datacenters: '1' | '2' }) => {
      const brief = options.once === true || !context.terminal.watched;
      context.exit(await runSandbox(context, brief, options.datacenters === '2'));
    });
}

/** Shows the demonstration and then stays up until it is interrupted, unless `brief`. Nothing outlives it. */
async function runSandbox(
  { terminal, env }: Context,
  brief: boolean,
  secondDatacenter: boolean,
): Promise<number> {
  const interruption = catchInterruption();
  const told = secondDatacenter ? movedText : reconciledText;
  try {
    const sandbox = await startSandbox({
      consulBinary: await requireProgram(programs.consul, { environment: env, cache: '.cache' }),
      secondDatacenter,
      registrator,
      lambdaHost,
      onReconciled: (reconciled) => terminal.print(told(reconciled, terminal.paint)),
    });
    try {
      terminal.print(introductionText(sandbox));
      await demonstrate(sandbox, terminal, interruption.signal);
      const haproxy = await haproxyIn(env);
      if (haproxy && !interruption.signal.aborted) await demonstrateRegistry(haproxy, terminal);
      if (!interruption.signal.aborted) await demonstrateProxy(terminal);
      const agent =
        haproxy && !interruption.signal.aborted
          ? await demonstrateAgent(haproxy, sandbox.consul.address, terminal)
          : undefined;
      try {
        if (!brief) await stayUp(sandbox, terminal, interruption.signal);
      } finally {
        await agent?.close();
      }
    } finally {
      await sandbox.close();
    }
    return interruption.signal.aborted && brief ? exitCodes.interrupted : exitCodes.ok;
  } finally {
    interruption.ignore();
  }
}

async function demonstrate(sandbox: Sandbox, terminal: Terminal, interrupted: AbortSignal): Promise<void> {
  const functions = createSandboxFunctions(sandbox.aws);
  const show = (chosen: readonly Step[]): Promise<void> =>
    showSteps(chosen, { sandbox, functions, terminal, interrupted });
  try {
    terminal.print('\n## EventBridge schedule: a full sync');
    sandbox.schedule();
    await sandbox.settled();
    await show(steps);
    if (!sandbox.second || interrupted.aborted) return;
    terminal.print('\n# Two datacenters: a function moves');
    await show(datacenterSteps);
  } finally {
    functions.close();
  }
}

interface Stage {
  sandbox: Sandbox;
  functions: SandboxFunctions;
  terminal: Terminal;
  interrupted: AbortSignal;
}

async function showSteps(
  chosen: readonly Step[],
  { sandbox, functions, terminal, interrupted }: Stage,
): Promise<void> {
  for (const step of chosen) {
    if (interrupted.aborted) return;
    terminal.print(`\n## ${step.title}`);
    await step.change(functions);
    await sandbox.settled();
  }
}

async function stayUp({ aws }: Sandbox, terminal: Terminal, interrupted: AbortSignal): Promise<void> {
  if (interrupted.aborted) return;
  await announceSandbox({ pid: process.pid, ...aws });
  try {
    terminal.print(stayingUpText(aws));
    await once(interrupted, 'abort');
  } finally {
    await withdrawSandbox();
  }
}
