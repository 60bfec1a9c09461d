/** Words that nobody means are longer than those that somebody does; the rest of them does not count. */
const longest = 64;

/**
 * The word that was probably meant by a mistyped one, in any case: that with the fewest slips, at most one in three
 * letters; undefined when none is that near.
 */
export function nearestWord(mistyped: string, words: readonly string[]): string | undefined {
  const typed = mistyped.slice(0, longest).toLowerCase();
  const near = words
    .map((word) => ({ word, slips: slipsBetween(typed, word.toLowerCase()) }))
    .filter(({ word, slips }) => 3 * slips <= Math.max(word.length, typed.length))
    .toSorted((left, right) => left.slips - right.slips);
  return near[0]?.word;
}

/**
 * How many letters must be added, left out, replaced or swapped with their neighbour to make one word of the other (the
 * restricted distance of Damerau and Levenshtein).
 */
function slipsBetween(left: string, right: string): number {
  let before: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1];
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      current[column] = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
        swapped && row > 1 && column > 1 ? (before[column - 2] ?? 0) + 1 : Infinity,
      );
    }
    before = last;
    last = current;
  }
  return last[right.length] ?? 0;
}
