import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import { nearestWord } from '../../config/nearest.ts';
import { catchInterruption } from '../../daemon/interruption.ts';
import { programs, requireProgram } from '../../local/binaries.ts';
import { faultSharesText } from '../../sandbox/fault-shares.ts';
import { announceSandbox, requireNoSandbox } from '../../sandbox/state-file.ts';
import { reconciledLines } from '../../sandbox/story/reconciled-lines.ts';
import { tellStory } from '../../sandbox/story/story.ts';
import type { Reconciled } from '../../sandbox/system/registrator.ts';
import { type Bundles, startSystem, type System } from '../../sandbox/system/system.ts';
import type { Context } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import { haproxyIn } from '../haproxy.ts';
import { withHelp } from '../help.ts';
import type { Terminal } from '../terminal.ts';
import { painted, tellingOn } from './telling.ts';
import { addressesText, lostText, stayingUpText, withoutHaproxy } from './text.ts';

const beside = (program: string): URL => new URL(`../${program}/index.mjs`, import.meta.url);

/** The built programs beside this one. */
const bundles: Bundles = {
  registrator: beside('registrator').href,
  lambdaHost: fileURLToPath(beside('sandbox')),
  guardian: fileURLToPath(beside('guardian')),
  proxy: fileURLToPath(beside('proxy')),
  agent: fileURLToPath(beside('agent')),
};

interface SandboxFlags {
  readonly once?: boolean;
  readonly datacenters: '1' | '2';
}

export function addSandbox(program: Command, context: Context): Command {
  const sandbox = program
    .command('sandbox')
    .description(
      'try everything on this machine: real Consul and HAProxy, AWS endpoints with a dozen functions',
    )
    .option('--once', 'end after the demonstration, as it does where there is no terminal')
    .addOption(
      new Option(
        '--datacenters <count>',
        'with 2, a second Consul is joined over the WAN, and a function moves',
      )
        .choices(['1', '2'])
        .default('1'),
    )
    .allowExcessArguments()
    .action(async (flags: SandboxFlags, command: Command) => {
      refuseWords(command);
      context.exit(await runSandbox(context, flags));
    });
  return withHelp(sandbox, {
    notes:
      'The demonstration checks each of its steps. Afterwards the sandbox stays up until Ctrl-C, and the commands change its functions from another terminal. Nothing of it outlives it.',
    exit: {
      0: 'done',
      64: 'the command line is wrong, or a sandbox runs already',
      69: 'a program does not start',
      70: 'a step was not as expected',
      78: 'there is no Consul',
      130: 'interrupted',
    },
    examples: [
      'lambda-registrator sandbox',
      'lambda-registrator sandbox --once --datacenters 2',
      'lambda-registrator sandbox tag thumbnails   # while it runs, in another terminal',
    ],
  });
}

/**
 * Words that are no command, which would be taken for arguments.
 * @throws CommanderError
 */
function refuseWords(command: Command): void {
  const [word] = command.args;
  if (word === undefined) return;
  const near = nearestWord(
    word,
    command.commands.map((one) => one.name()),
  );
  const advice = near === undefined ? '' : `\n(Did you mean ${near}?)`;
  command.error(`error: unknown command '${word}'${advice}`);
}

/** Shows the demonstration and then stays up until it is interrupted, unless it is to be brief. Nothing outlives it. */
async function runSandbox({ terminal, env }: Context, flags: SandboxFlags): Promise<number> {
  const isBrief = flags.once === true || !terminal.watched;
  const interruption = catchInterruption();
  const { signal } = interruption;
  /** What is told by itself once the story is over. */
  let tellOfChanges = (_reconciled: Reconciled): void => {};
  try {
    if (!isBrief) await requireNoSandbox();
    const system = await startSystem({
      consul: await requireProgram(programs.consul, { environment: env, cache: '.cache' }),
      haproxy: await haproxyIn(env),
      secondDatacenter: flags.datacenters === '2',
      bundles,
      signal,
      onStart: (part) => terminal.progress(`Starting ${part} …`),
      onReconciled: (reconciled) => tellOfChanges(reconciled),
      onLost: (program, how) => terminal.note(lostText(program, how)),
      onFaults: (shares) => terminal.print(`Faults: ${faultSharesText(shares)}`),
    });
    try {
      if (!isBrief) await announce(system);
      await introduce(system, terminal);
      await tellStory({ system, telling: tellingOn(terminal), signal });
      if (isBrief) return exitCodes.ok;
      tellOfChanges = (reconciled) => terminal.print(changesText(reconciled, terminal));
      terminal.print(stayingUpText(system.aws.url, system.aws.world));
      await interruption.arrived;
      return exitCodes.ok;
    } finally {
      await system.close();
    }
  } catch (error) {
    if (signal.aborted) return exitCodes.interrupted;
    throw error;
  } finally {
    interruption.ignore();
  }
}

/** Tells other processes where it is, for as long as it runs. */
async function announce({ aws, faults, guardian }: System): Promise<void> {
  const { region } = aws.world;
  guardian.keepFile(
    await announceSandbox({ pid: process.pid, endpoint: aws.url, region, faults: faults.url }),
  );
}

async function introduce(system: System, terminal: Terminal): Promise<void> {
  const status = await system.edge?.agent.status();
  terminal.print(addressesText(system, status?.haproxy.version ?? undefined));
  if (!system.edge) terminal.print(withoutHaproxy);
}

/** What came of a change that somebody made, below the name of the call. */
function changesText(reconciled: Reconciled, terminal: Terminal): string {
  const lines = reconciledLines(reconciled);
  const shown = lines.length === 0 ? ['nothing changes in Consul'] : lines;
  return [reconciled.call ?? 'Scheduled event', ...shown.map((line) => `  ${painted(line, terminal)}`)].join(
    '\n',
  );
}
