import { systemClock } from '../../core/clock.ts';
import { AppError, messageOf } from '../../core/errors.ts';
import type { Edge, System } from '../system/system.ts';
import { reconciledLines } from './reconciled-lines.ts';

/** Who tells the story, as it happens. */
export interface Telling {
  /** A chapter begins. */
  chapter(title: string): void;
  /** Something was done, as people would type it. */
  did(command: string): void;
  /** Something is seen, in lines. */
  saw(...lines: string[]): void;
  sawTable<Column extends string>(
    columns: readonly Column[],
    rows: readonly Readonly<Record<Column, string>>[],
  ): void;
}

/** What a chapter works with. */
export interface Stage {
  readonly system: System;
  readonly telling: Telling;
  /** Aborts when nobody wants to hear more. */
  readonly signal: AbortSignal;
}

/** The same where there is a HAProxy. */
export interface EdgeStage extends Stage {
  readonly edge: Edge;
}

const usualMs = 20_000;
const pauseMs = 50;

/**
 * Looks again and again until what is expected is seen, and gives it.
 * @param expected as in "expected: …"
 * @throws AppError INTERNAL with what was seen last, when that does not come within 20 seconds; the signal's reason
 */
export async function seen<Seen>(
  { signal }: Stage,
  expected: string,
  look: () => Promise<Seen>,
  isThere: (seen: Seen) => boolean,
): Promise<Seen> {
  const end = systemClock.now() + usualMs;
  let last: unknown;
  do {
    try {
      const found = await look();
      if (isThere(found)) return found;
      last = found;
    } catch (error) {
      last = messageOf(error);
    }
    await systemClock.sleep(pauseMs, signal);
  } while (systemClock.now() < end);
  throw unexpected(expected, last);
}

/**
 * Makes sure of something that must be so by now.
 * @throws AppError INTERNAL
 */
export function ensure(isSo: boolean, expected: string, actual: unknown): void {
  if (!isSo) throw unexpected(expected, actual);
}

const charactersTold = 1_000;

function unexpected(expected: string, actual: unknown): AppError {
  const text = typeof actual === 'string' ? actual : JSON.stringify(actual);
  return new AppError('INTERNAL', `expected: ${expected}; seen: ${text?.slice(0, charactersTold)}`);
}

/**
 * Waits for the last event to be dealt with, and tells what it changed, which must be `expected`, as `+ orders`.
 * @param more what else there is to tell of it, once it has changed
 * @throws AppError INTERNAL
 */
export async function tellChange(
  { system, telling }: Stage,
  expected: string,
  more = (): string => 'in Consul',
): Promise<void> {
  const reconciled = await system.registrator.settled();
  const lines = reconciled === undefined ? [] : reconciledLines(reconciled);
  ensure(lines.join() === expected, expected, lines);
  telling.saw(`${expected}  ${more()}`);
}

/** Seconds since a moment of the system's clock, as `0.8 s`. */
export function secondsSince(begun: number): string {
  return seconds(systemClock.now() - begun);
}

/** Milliseconds as `0.8 s`. */
export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
