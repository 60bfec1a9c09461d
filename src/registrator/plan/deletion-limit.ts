/** So few deletions are never refused. */
const alwaysAllowed = 5;

export interface DeletionCount {
  /** Deletions made in this run or certain to be due. */
  certain: number;
  /** Deletions that still have to be confirmed. */
  possible: number;
  /** Services of ours that were observed. */
  owned: number;
}

/**
 * Whether a full sync may delete: not more than `maxPercent` of the owned services at once, unless they are very few.
 * `undecided` while the deletions still to be confirmed make the difference.
 */
export function judgeDeletions(
  count: DeletionCount,
  maxPercent: number,
): 'allowed' | 'refused' | 'undecided' {
  const isAllowed = (deletions: number): boolean =>
    deletions <= alwaysAllowed || deletions * 100 <= count.owned * maxPercent;
  if (!isAllowed(count.certain)) return 'refused';
  return isAllowed(count.certain + count.possible) ? 'allowed' : 'undecided';
}
