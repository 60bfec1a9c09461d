import { AppError } from '../../core/errors.ts';
import type { Terminal } from '../terminal.ts';

/**
 * Makes sure that there is somebody to ask before anything is changed.
 * @param instead completes "add --yes, or …"
 * @throws AppError USAGE
 */
export function assertInteractive({ interactive }: Terminal, instead: string): void {
  if (!interactive) throw new AppError('USAGE', `There is no terminal to ask on: add --yes, or ${instead}.`);
}

/** Asks, and says that nothing was changed where the answer is no. */
export async function isConfirmed(terminal: Terminal, question: string): Promise<boolean> {
  const isWanted = await terminal.confirm(question);
  if (!isWanted) terminal.note('Nothing was changed.');
  return isWanted;
}
