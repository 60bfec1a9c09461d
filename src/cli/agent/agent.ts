import type { Command } from 'commander';
import type { ToldBy } from '../../agent/config-file.ts';
import { diffText, isNothing } from '../../agent/diff.ts';
import { previewDiff, previewFile } from '../../agent/preview.ts';
import { runAgent } from '../../agent/run.ts';
import { openLogLines } from '../../daemon/log-lines.ts';
import { written } from '../../daemon/written.ts';
import type { Context } from '../context.ts';
import { fileOf, withFile } from '../file-or-command.ts';
import { type Help, withHelp } from '../help.ts';
import { type JsonOption, jsonOption } from '../json.ts';
import { exitCodes } from '../exit-code.ts';
import { haproxyCalled } from '../haproxy.ts';

const fileHelp = 'the file; without it the environment says everything';

const serveHelp: Help = {
  notes:
    'One JSON line for each event goes to standard error. SIGHUP makes the agent read its file and its sources again; SIGTERM and SIGINT end it, and the HAProxy that it started.',
  exit: {
    0: 'ended by a signal',
    1: 'a port is taken',
    66: 'the file cannot be read',
    69: 'there is no HAProxy',
    73: 'its folder cannot be made, or another agent has it',
    78: 'the file or the environment holds what the agent does not take',
  },
  examples: [
    'lambda-registrator agent agent.yaml',
    'lambda-registrator agent diff agent.yaml   # what would change, and whether HAProxy would be reloaded',
    `NAMESPACE_MAP='[{"namespace":"cluster","domainname":"example.com"}]' AWS_REGION=eu-west-1 lambda-registrator agent`,
  ],
};

const previewExit = {
  66: 'the file cannot be read',
  69: 'there is no HAProxy, or a source is away',
  75: 'a source cannot be read now: try again',
  77: 'a source denies it',
  78: 'the file or the environment holds what the agent does not take',
};

const diffHelp: Help = {
  notes: 'Every source is read once, and nothing is written. Conflicts and problems go to standard error.',
  exit: { 0: 'nothing would change', 2: 'something would', ...previewExit },
  examples: [
    'lambda-registrator agent diff agent.yaml',
    "lambda-registrator agent diff agent.yaml --json | jq '.reload.reason'",
  ],
};

const renderHelp: Help = {
  notes:
    'It stands alone: routes are in it, not in a map. Every source is read once, and nothing is written.',
  exit: { 0: 'done', ...previewExit },
  examples: ['lambda-registrator agent render agent.yaml > haproxy.cfg'],
};

const reading = 'Reading what the sources say…';

export function addAgent(program: Command, context: Context): void {
  const agent = withFile(program.command('agent'), 'agent.yaml', fileHelp).description(
    'keep HAProxy at what Cloud Map, Consul, Docker and files say',
  );
  withHelp(agent, serveHelp).action(async () => {
    const file = fileOf(agent);
    const print = (text: string): void => context.terminal.print(text.trimEnd());
    await runAgent(toldBy(file, context), { log: openLogLines(), print });
    await written(process.stdout);
    // What nobody takes would keep the process.
    process.exit();
  });
  addDiff(agent, context);
  addAgentRender(agent, context);
}

function addDiff(agent: Command, context: Context): void {
  const { terminal } = context;
  const command = agent
    .command('diff')
    .description('say what would change in HAProxy, against what is applied')
    .argument('[agent.yaml]', fileHelp)
    .addOption(jsonOption('the difference'));
  withHelp(command, diffHelp).action(async (file: string | undefined, { json }: JsonOption) => {
    terminal.progress(reading);
    const diff = await previewDiff(toldBy(file, context), (text) => terminal.note(text));
    terminal.print(json ? JSON.stringify(diff) : diffText(diff));
    context.exit(isNothing(diff) ? exitCodes.ok : exitCodes.changes);
  });
}

function addAgentRender(agent: Command, context: Context): void {
  const { terminal } = context;
  const command = agent
    .command('render')
    .description("print HAProxy's file")
    .argument('[agent.yaml]', fileHelp)
    .addOption(jsonOption('it'));
  withHelp(command, renderHelp).action(async (file: string | undefined, { json }: JsonOption) => {
    terminal.progress(reading);
    const config = await previewFile(toldBy(file, context), (text) => terminal.note(text));
    terminal.print(json ? JSON.stringify({ config }) : config.trimEnd());
  });
}

function toldBy(file: string | undefined, { env }: Pick<Context, 'env'>): ToldBy {
  return { file, env, programOf: (bin) => haproxyCalled(bin, env) };
}
