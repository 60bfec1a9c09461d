import { CommanderError } from 'commander';
import { errorCodes, isAppError } from '../core/errors.ts';
import type { Report } from '../registrator/model/report.ts';

/** Codes that commands give besides those of `core/errors.ts`, which follow sysexits(3). */
export const exitCodes = {
  ok: 0,
  declined: 1,
  changes: 2,
  refused: 3,
  internal: 70,
  interrupted: 130,
} as const;

/** What a plan says to a script: whether a guard would refuse it, whether it changes anything, whether it is certain. */
export function planExitCode(report: Report): number {
  if (guardRefused(report)) return exitCodes.refused;
  const { created, updated, deleted } = report.counts;
  if (created + updated + deleted > 0) return exitCodes.changes;
  return workLeft(report) ? errorCodes.WORK_LEFT.exitCode : exitCodes.ok;
}

/** What a sync says to a script: the first of refused by a guard, work left to try again, bad tags. */
export function syncExitCode(report: Report): number {
  if (guardRefused(report)) return exitCodes.refused;
  if (workLeft(report)) return errorCodes.WORK_LEFT.exitCode;
  const failure = report.failures.find(({ code }) => code === 'TAG_INVALID') ?? report.failures[0];
  return failure === undefined ? exitCodes.ok : errorCodes[failure.code].exitCode;
}

export function errorExitCode(error: unknown): number {
  if (isAppError(error)) return errorCodes[error.code].exitCode;
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : errorCodes.USAGE.exitCode;
  return exitCodes.internal;
}

function guardRefused({ skips }: Report): boolean {
  return skips.some(({ reason }) => reason === 'delete-guard');
}

function workLeft({ failures }: Report): boolean {
  return failures.some(({ retryable }) => retryable);
}
