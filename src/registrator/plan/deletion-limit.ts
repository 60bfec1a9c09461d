/** So few deletions are never refused. */
const alwaysAllowed = 5;

/** How many deletions a full sync is about. */
export interface DeletionCount {
  /** Deletions made in this run or certain to be due. */
  certain: number;
  /** Deletions that still have to be confirmed. */
  possible: number;
  /** Services of ours that were observed. */
  owned: number;
}

/**
 * Whether a run may delete: not more than `maxPercent` of the owned services at once, unless they are very few; without
 * limit where that is undefined. `undecided` while the deletions still to be confirmed make the difference.
 * @param allowance so many are let through all the same; it raises the limit and never lowers it
 */
export function deletionsAllowed(
  { certain, possible, owned }: DeletionCount,
  maxPercent: number | undefined,
  allowance = 0,
): 'yes' | 'no' | 'undecided' {
  const isAllowed = (deletions: number): boolean =>
    maxPercent === undefined ||
    deletions <= Math.max(alwaysAllowed, allowance) ||
    deletions * 100 <= owned * maxPercent;
  if (!isAllowed(certain)) return 'no';
  return isAllowed(certain + possible) ? 'yes' : 'undecided';
}
