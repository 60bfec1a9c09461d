/** HAProxy's greatest weight (https://docs.haproxy.org/2.6/configuration.html#5.2-weight). */
const most = 256;

/** Weights that HAProxy takes, in the same proportions as near as whole numbers allow; what weighs anything keeps 1. */
export function fitWeights(weights: readonly number[]): number[] {
  const heaviest = Math.max(0, ...weights);
  const scale = heaviest > most ? most / heaviest : 1;
  return weights.map((weight) => (weight > 0 ? Math.max(1, Math.round(weight * scale)) : 0));
}

/** A group of servers that together gets a part of the requests. */
export interface Portion {
  readonly percent: number;
  /** What its servers weigh among themselves. */
  readonly weights: readonly number[];
}

/**
 * Weights of several groups that share requests by percent: each group's sum as near to its part as whole numbers in
 * HAProxy's range come, and as fine as that leaves them. A group that gets anything gets at least 1; one whose servers weigh
 * nothing gets nothing, and its part goes to the others.
 */
export function shareWeights(portions: readonly Portion[]): number[][] {
  const parts = portions.map(({ percent, weights }) => {
    const sum = sumOf(weights);
    return weights.map((weight) => (sum === 0 ? 0 : (percent * weight) / sum));
  });
  const heaviest = Math.max(0, ...parts.flat());
  if (heaviest === 0) return parts;
  const tried = tops.map((top) => {
    const weights = parts.map((part) => apportion(part.map((weight) => (weight * top) / heaviest)));
    return { weights, error: errorOf(weights.map(sumOf), parts.map(sumOf)) };
  });
  const least = tried.reduce((error, one) => Math.min(error, one.error), Infinity);
  return tried.find(({ error }) => error <= least + negligible)?.weights ?? [];
}

/** What the heaviest server may weigh; less than half of the range would only be coarser. */
const tops = Array.from({ length: most / 2 }, (_, at) => most - at);

/** Errors that differ by less are one. */
const negligible = 1e-9;

/** How far a group is from its part of all, where it is farthest. */
function errorOf(sums: readonly number[], wanted: readonly number[]): number {
  const [total, whole] = [sumOf(sums), sumOf(wanted)];
  return Math.max(...sums.map((sum, at) => Math.abs(sum / total - (wanted[at] ?? 0) / whole)));
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Whole numbers with the same sum, rounded: the largest remainders are rounded up, earlier ones first. */
function apportion(exact: readonly number[]): number[] {
  const sum = sumOf(exact);
  const whole = exact.map((weight) => Math.floor(weight));
  const missing = (sum > 0 ? Math.max(1, Math.round(sum)) : 0) - sumOf(whole);
  const byRemainder = exact
    .map((weight, at) => ({ at, remainder: weight - Math.floor(weight) }))
    .toSorted((left, right) => right.remainder - left.remainder || left.at - right.at);
  const raised = new Set(byRemainder.slice(0, Math.max(0, missing)).map(({ at }) => at));
  return whole.map((weight, at) => Math.min(most, weight + (raised.has(at) ? 1 : 0)));
}
