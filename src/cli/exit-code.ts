import { CommanderError } from 'commander';
import { type ErrorCode, errorCodes, exitCodeOf } from '../core/errors.ts';
import type { Result } from '../registrator/app.ts';
import type { Unseen } from '../registrator/owners/unseen.ts';
import type { Release } from '../registrator/owners/release.ts';

/** Codes that commands give besides those of `core/errors.ts`, which follow sysexits(3). */
export const exitCodes = {
  ok: 0,
  declined: 1,
  /** A check of `doctor` says FAIL. */
  unwell: 1,
  changes: 2,
  refused: 3,
  interrupted: 130,
} as const;

/** What the exit codes of all commands mean. */
export const exitMeanings: Readonly<Record<number, string>> = {
  0: 'done, or nothing to do',
  1: 'declined, a check of doctor says FAIL, or a port cannot be listened on',
  2: 'plan or diff: something would change',
  3: 'a guard refused deletions',
  64: 'the command line is wrong',
  65: 'data is wrong: tags, a payload, a name',
  66: 'a file cannot be read',
  69: 'something that is needed is away, or refuses for good',
  70: 'a defect, or HAProxy refuses a file',
  73: 'a folder cannot be made or written',
  75: 'it may succeed when it is tried again',
  76: 'another config entry of Consul needs what should go',
  77: 'denied',
  78: 'the configuration is wrong',
  130: 'interrupted',
};

/**
 * What a plan says to a script: whether a guard would refuse it, whether what it rests on was denied, whether it changes
 * anything, whether it is certain.
 */
export function planExitCode(result: Result): number {
  const { created, updated, deleted } = result.report.counts;
  if (guardRefused(result)) return exitCodes.refused;
  if (isBlind(result)) return errorCodes.UPSTREAM_AUTH.exitCode;
  if (created + updated + deleted > 0) return exitCodes.changes;
  return workLeft(result) ? errorCodes.WORK_LEFT.exitCode : exitCodes.ok;
}

/** What a sync says to a script: the first of refused by a guard, denied, work left to try again, what failed for good. */
export function syncExitCode(result: Result): number {
  if (guardRefused(result)) return exitCodes.refused;
  if (isBlind(result)) return errorCodes.UPSTREAM_AUTH.exitCode;
  if (workLeft(result)) return errorCodes.WORK_LEFT.exitCode;
  const { failures } = result.report;
  const isOf = (code: ErrorCode) => failures.find((failure) => failure.code === code);
  const failure = isOf('ENTRY_IN_USE') ?? isOf('TAG_INVALID') ?? failures[0];
  return failure === undefined ? exitCodes.ok : errorCodes[failure.code].exitCode;
}

/** What a list says to a script of places that could not be read: denied, or away. */
export function unseenExitCode(unseen: readonly Unseen[]): number {
  if (unseen.some(({ error }) => error.code === 'UPSTREAM_AUTH')) return errorCodes.UPSTREAM_AUTH.exitCode;
  return unseen.length > 0 ? errorCodes.WORK_LEFT.exitCode : exitCodes.ok;
}

/** What a release says to a script: the first of denied, work left to try again, what failed for good, names not ours. */
export function releaseExitCode({ services, unseen }: Release): number {
  const codes = services.flatMap(({ code }) => code ?? []);
  const unseenCode = unseenExitCode(unseen);
  if (codes.includes('UPSTREAM_AUTH')) return errorCodes.UPSTREAM_AUTH.exitCode;
  if (unseenCode !== exitCodes.ok) return unseenCode;
  if (services.some(({ retryable }) => retryable)) return errorCodes.WORK_LEFT.exitCode;
  const [code] = codes;
  if (code !== undefined) return errorCodes[code].exitCode;
  const isAll = services.every(({ outcome }) => outcome === 'released');
  return isAll ? exitCodes.ok : errorCodes.TAG_INVALID.exitCode;
}

/** The code of sysexits(3) that an error ends a command with. */
export function errorExitCode(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : errorCodes.USAGE.exitCode;
  return exitCodeOf(error);
}

function guardRefused({ report }: Result): boolean {
  return report.skips.some(({ reason }) => reason === 'delete-guard');
}

function isBlind({ denials }: Result): boolean {
  return denials.consul || denials.aws === 'all';
}

function workLeft({ report, denials }: Result): boolean {
  return denials.aws === 'some' || report.failures.some(({ retryable }) => retryable);
}
