import type { Command } from 'commander';
import { systemClock } from '../../core/clock.ts';
import { systemRandom } from '../../core/random.ts';
import type { Check } from '../../registrator/doctor/check.ts';
import { doctor } from '../../registrator/doctor/doctor.ts';
import { fit } from '../../registrator/doctor/fit.ts';
import type { Context } from '../context.ts';
import { withHelp } from '../help.ts';
import { exitCodes } from '../exit-code.ts';
import { type JsonOption, jsonOption } from '../json.ts';
import type { Colour, Paint } from '../paint.ts';
import { table } from '../table.ts';

export function addDoctor(program: Command, context: Context): void {
  const command = program
    .command('doctor')
    .description('check everything that a sync rests on, from outside in; changes nothing')
    .addOption(jsonOption('the checks'));
  withHelp(command, {
    notes:
      'ok; warn, what costs later; FAIL, what keeps a sync from being complete or right; skip, what could not be looked at. The last three say what to do. Where a line names the first few of many, JSON has all of them.',
    exit: { 0: 'no check says FAIL', 1: 'one does' },
    examples: [
      'lambda-registrator doctor',
      'lambda-registrator doctor --json | jq \'.checks[] | select(.status == "FAIL")\'',
    ],
  }).action(async (options: JsonOption) => context.exit(await runDoctor(context, options)));
}

async function runDoctor({ terminal, env }: Context, { json }: JsonOption): Promise<number> {
  const surface = { clock: systemClock, wallClock: () => Date.now(), random: systemRandom };
  const checks = await doctor(
    env,
    (config, environment) => fit(config, environment, surface),
    (name) => terminal.progress(`Checking ${name}…`),
  );
  terminal.print(json ? JSON.stringify({ checks }) : checksText(checks, terminal.paint));
  return checks.some(({ status }) => status === 'FAIL') ? exitCodes.unwell : exitCodes.ok;
}

const colours: Readonly<Record<string, Colour>> = { ok: 'green', warn: 'yellow', FAIL: 'red', skip: 'cyan' };

/** One line a check: how it is, its name, what was found, and what to do. */
function checksText(checks: readonly Check[], paint: Paint): string {
  const rows = checks.map(({ name, status, found, remedy }) => {
    const line = [found, ...(remedy === '' ? [] : [`→ ${remedy}`])].join(' ');
    return { status, check: name, found: line.replaceAll(/\s*\n\s*/g, ' ') };
  });
  return table(['status', 'check', 'found'], rows, (cell, column) => {
    const colour = column === 'status' ? colours[cell.trimEnd()] : undefined;
    return colour === undefined ? cell : paint(colour, cell);
  });
}
