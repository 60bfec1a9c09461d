import type { Command } from 'commander';
import { AppError, messageOf } from '../../core/errors.ts';
import {
  type FaultShares,
  faultSharesIn,
  faultSharesSchema,
  faultSharesText,
} from '../../sandbox/fault-shares.ts';
import { findSandbox } from '../../sandbox/state-file.ts';
import type { Context } from '../context.ts';
import { withHelp } from '../help.ts';

/** The command that lets calls to the AWS of a running sandbox fail. */
export function addFaults(sandbox: Command, { terminal }: Context): void {
  const command = sandbox
    .command('faults')
    .description('let calls to the AWS of the running sandbox fail; without words, tell which do')
    .argument('[fault...]', 'throttle, drop and error with a percentage each, as throttle=30, or off')
    .action(async (words: string[]) => {
      const { faults } = await findSandbox();
      const shares = words.length === 0 ? undefined : faultSharesIn(words);
      terminal.print(`Faults: ${faultSharesText(await askSandbox(faults, shares))}`);
    });
  withHelp(command, {
    notes:
      'throttle answers with the throttling error of the service, drop breaks the connection before anything is done, error answers 500. The percentages are of all calls; together they are at most 100.',
    exit: {
      0: 'done',
      64: 'the command line is wrong, or no sandbox runs',
      69: 'the sandbox does not answer',
    },
    examples: [
      'lambda-registrator sandbox faults throttle=30 drop=5',
      'lambda-registrator sandbox faults        # which are on',
      'lambda-registrator sandbox faults off',
    ],
  });
}

/** Sets what fails where that is given, and gives what fails from then on. */
async function askSandbox(url: string, shares: FaultShares | undefined): Promise<FaultShares> {
  try {
    const request = shares === undefined ? {} : { method: 'PUT', body: JSON.stringify(shares) };
    const answer = await fetch(url, request);
    if (!answer.ok) throw new Error(`it answers ${answer.status}: ${await answer.text()}`);
    return faultSharesSchema.parse(await answer.json());
  } catch (cause) {
    throw new AppError('UPSTREAM_UNAVAILABLE', `The sandbox cannot be asked: ${messageOf(cause)}`, { cause });
  }
}
