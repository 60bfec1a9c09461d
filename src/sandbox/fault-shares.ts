import * as z from 'zod';
import { nearestWord } from '../config/nearest.ts';
import { AppError } from '../core/errors.ts';
import type { Fault } from './aws/faults.ts';

/** What can go wrong with a call to AWS, as people call it. */
const kinds = { throttle: 'throttle', drop: 'drop', error: 'server-error' } as const satisfies Record<
  string,
  Fault
>;
type Kind = keyof typeof kinds;

/** How many of a hundred calls fail, by kind: together at most 100. */
export type FaultShares = Readonly<Partial<Record<Kind, number>>>;

export const faultSharesSchema = z
  .partialRecord(z.enum(Object.keys(kinds) as Kind[]), z.number().gt(0).max(100))
  .refine((shares) => sumOf(shares) <= 100, 'all of them together are more than 100 %');

/** The same for endpoints, as shares between 0 and 1. */
export function sharesByFault(shares: FaultShares): Map<Fault, number> {
  return new Map(entriesOf(shares).map(([kind, share]) => [kinds[kind], share / 100]));
}

/**
 * Reads words such as `throttle=30 drop=5`, or `off` for none.
 * @throws AppError USAGE
 */
export function faultSharesIn(words: readonly string[]): FaultShares {
  if (words.length === 1 && words[0] === 'off') return {};
  const given = words.map(shareIn);
  const twice = given.map(([kind]) => kind).find((kind, at, kinds) => kinds.indexOf(kind) !== at);
  if (twice !== undefined) throw new AppError('USAGE', `"${twice}" is given twice.`);
  const read = faultSharesSchema.safeParse(Object.fromEntries(given.filter(([, share]) => share > 0)));
  if (read.success) return read.data;
  throw new AppError('USAGE', `${words.join(' ')}: ${read.error.issues[0]?.message}.`);
}

/** `throttle 30 %, drop 5 %`, or that there are none. */
export function faultSharesText(shares: FaultShares): string {
  const parts = entriesOf(shares).map(([kind, share]) => `${kind} ${share} %`);
  return parts.length === 0 ? 'off' : parts.join(', ');
}

function shareIn(word: string): [Kind, number] {
  const [kind = '', ...shares] = word.split('=');
  const share = shares.join('=');
  if (kind === 'off') throw new AppError('USAGE', '"off" stands alone.');
  const names = [...Object.keys(kinds), 'off'];
  if (!isKind(kind)) {
    const near = nearestWord(kind, names);
    const advice = near === undefined ? `Known are ${names.join(', ')}.` : `Did you mean ${near}?`;
    throw new AppError('USAGE', `"${word}" is no fault. ${advice}`);
  }
  if (/^\d{1,3}(\.\d+)?%?$/.test(share) && parseFloat(share) <= 100) return [kind, parseFloat(share)];
  throw new AppError('USAGE', `"${word}" needs a percentage from 0 to 100, as in ${kind}=30.`);
}

function isKind(word: string): word is Kind {
  return Object.hasOwn(kinds, word);
}

function entriesOf(shares: FaultShares): [Kind, number][] {
  return Object.entries(shares) as [Kind, number][];
}

function sumOf(shares: FaultShares): number {
  return entriesOf(shares).reduce((sum, [, share]) => sum + share, 0);
}
