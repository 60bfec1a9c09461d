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
 * Weights of several groups that share requests by percent: as fine as HAProxy's range allows, and each group's sum as
 * near to its part as whole numbers come. A group that gets anything gets at least 1; one whose servers weigh nothing gets
 * nothing, and its part goes to the others.
 */
export function shareWeights(portions: readonly Portion[]): number[][] {
  const parts = portions.map(({ percent, weights }) => {
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return weights.map((weight) => (sum === 0 ? 0 : (percent * weight) / sum));
  });
  const heaviest = Math.max(0, ...parts.flat());
  const scale = heaviest === 0 ? 0 : most / heaviest;
  return parts.map((part) => apportion(part.map((weight) => weight * scale)));
}

/** Whole numbers with the same sum, rounded: the largest remainders are rounded up, earlier ones first. */
function apportion(exact: readonly number[]): number[] {
  const sum = exact.reduce((total, weight) => total + weight, 0);
  const whole = exact.map((weight) => Math.floor(weight));
  const missing =
    (sum > 0 ? Math.max(1, Math.round(sum)) : 0) - whole.reduce((total, weight) => total + weight, 0);
  const byRemainder = exact
    .map((weight, at) => ({ at, remainder: weight - Math.floor(weight) }))
    .toSorted((left, right) => right.remainder - left.remainder || left.at - right.at);
  const raised = new Set(byRemainder.slice(0, Math.max(0, missing)).map(({ at }) => at));
  return whole.map((weight, at) => Math.min(most, weight + (raised.has(at) ? 1 : 0)));
}
