import type { Written } from './written.ts';

/** Why a parameter is written: `lost` when a look at Parameter Store found it missing or changed. */
export type Reason = 'missing' | 'moved' | 'roots' | 'renewal' | 'lost';

/** How things should be now. */
interface Wanted {
  path: string;
  /** Fingerprint of the roots. */
  roots: string;
  /** Seconds since 1970. */
  now: number;
}

/**
 * Why the parameter of a function is due, from what the Meta of its service says; the first line that fits counts.
 *
 * | Meta                                           | full sync                | event |
 * | ---------------------------------------------- | ------------------------ | ----- |
 * | none, or a part of it (new, or renamed)        | missing                  | same  |
 * | another path (the prefix changed)              | moved                    | –     |
 * | other roots                                    | roots                    | –     |
 * | half of the leaf's life is over                | renewal, if there is one | –     |
 * | as it should be                                | –                        | –     |
 *
 * A renewal is written only when the agent gives another leaf ({@link isRenewed}).
 */
export function reasonToWrite(
  written: Written | undefined,
  { path, roots, now }: Wanted,
  isFull: boolean,
): Reason | undefined {
  if (written === undefined) return 'missing';
  if (!isFull) return undefined;
  if (written.path !== path) return 'moved';
  if (written.roots !== roots) return 'roots';
  return now >= written.renew ? 'renewal' : undefined;
}

/**
 * Whether a leaf is a newer one than the one that was written. Each agent keeps a leaf of its own: behind a load balancer
 * the answers alternate, and the one that lives longest is kept.
 */
export function isRenewed(written: Written | undefined, validBefore: number): boolean {
  return written === undefined || validBefore > written.expires;
}

/** How many full syncs it takes until each parameter was looked at. */
const slices = 12;

/**
 * The functions whose parameters a full sync looks at: those whose position in the sorted list is, modulo 12, that of the
 * period.
 * @param now milliseconds since 1970
 * @param period minutes between full syncs
 */
export function sliceAt(arns: readonly string[], now: number, period: number): Set<string> {
  const turn = Math.floor(now / (period * 60_000)) % slices;
  const sorted = [...new Set(arns)].toSorted();
  return new Set(sorted.filter((_arn, position) => position % slices === turn));
}
