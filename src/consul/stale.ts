import type { Deadline } from '../core/deadline.ts';
import type { Indexed, Lagging, Reading } from './api.ts';
import type { Watched } from './watch.ts';

/** How far behind its leader a server may be to be believed: the leader is gone for good by then, or it is cut off. */
const maxLagMs = 5_000;

/**
 * The reads of a watch. What is read anew is read consistently, since servers that were just started know little; what
 * waits for news may wait at any server when `stale`, but one that lost its leader is overruled by whoever leads now.
 */
export function watchReads<Answer extends Indexed & Lagging>(
  ask: (deadline: Deadline, reading: Reading) => Promise<Answer>,
  stale: boolean,
): Watched<Answer>['read'] {
  return async (blocking, deadline) => {
    if (blocking === undefined) return ask(deadline, { consistent: true });
    const answer = await ask(deadline, { blocking, stale });
    return stale && answer.lagMs > maxLagMs ? ask(deadline, { consistent: true }) : answer;
  };
}
