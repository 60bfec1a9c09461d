import type { Clock } from '../core/clock.ts';
import { type Deadline, deadlineIn } from '../core/deadline.ts';
import type { Random } from '../core/random.ts';
import { type Backoff, backoffMs } from '../core/retry.ts';
import { TokenBucket } from '../core/token-bucket.ts';
import type { Blocking, Indexed, Lagging, Reading } from './api.ts';

/** A read that is repeated for ever, and who hears of it. */
export interface Watched<Answer extends Indexed> {
  /** Reads, without `blocking` at once. */
  read: (blocking: Blocking | undefined, deadline: Deadline) => Promise<Answer>;
  /**
   * An answer that differs from the one before, or may. Says whether it is believed: one that is not is asked for again
   * soon, as news. What this throws counts as a failure of the read.
   */
  onNews: (answer: Answer, deadline: Deadline) => Promise<boolean> | boolean;
  /** Every answer, once it has been heard of: also those that only say that the wait is over. */
  onAnswer: () => void;
  /** Whether an answer is news that only says that the wait is over: what ACLs hide changes without the index. By default not. */
  isAlsoNews?: (answer: Answer) => boolean;
  /** A read that failed; it is repeated. */
  onFailure: (error: unknown) => void;
}

/** How many answers are read at once, and then in a second. */
interface Pace {
  readonly burst: number;
  readonly perSecond: number;
}

export interface WatchOptions {
  /** For what changes seldom and is small; absent: as lists are read. */
  atMost?: Pace;
  clock: Clock;
  /** Gives numbers in [0, 1). */
  random: Random;
  /** Ends the watch. */
  signal: AbortSignal;
}

/** Shorter than the time after which load balancers and gateways take a connection for idle. */
const waitMs = 30_000;

/** What an answer may take beyond its wait, of which Consul may add a sixteenth; and what is done with its news. */
const answerMs = (waitMs * 17) / 16 + 20_000;
const newsMs = 60_000;

const backoff: Backoff = { baseMs: 250, maxMs: 5000 };

/** Answers that are read at once, and then in a second, of a Consul that always has news: of lists, which any change makes new. */
const usualPace: Pace = { burst: 4, perSecond: 4 };

/** How soon to ask again, where an answer is not believed or names no index to wait for. */
const pollMs = 500;

/**
 * Repeats a blocking read until the signal aborts, and then returns. A failed read is repeated after a wait that grows
 * with the failures; after it, everything is read anew, whatever the index, since it may be another Consul that answers.
 * What comes with an index that went back is no news, and is read anew too.
 */
export async function watch<Answer extends Indexed>(
  watched: Watched<Answer>,
  { clock, random, signal, atMost: { burst, perSecond } = usualPace }: WatchOptions,
): Promise<void> {
  const pace = new TokenBucket(clock, perSecond, burst);
  let index: string | undefined;
  let failures = 0;

  async function turn(): Promise<void> {
    await pace.take(signal);
    const blocking = index === undefined ? undefined : { index, waitMs };
    const answer = await watched.read(blocking, deadlineIn(clock, answerMs, signal));
    const isNews = index === undefined || answer.index !== index || watched.isAlsoNews?.(answer) === true;
    const next = nextIndex(index, answer.index);
    const isHeard = isNews && next !== undefined;
    const isBelieved = !isHeard || (await watched.onNews(answer, deadlineIn(clock, newsMs, signal)));
    index = isBelieved ? next : undefined;
    failures = 0;
    watched.onAnswer();
    if (!isBelieved || !isUsable(answer.index)) await clock.sleep(pollMs, signal);
  }

  while (!signal.aborted) {
    try {
      await turn();
    } catch (error) {
      if (signal.aborted) return;
      index = undefined;
      failures += 1;
      watched.onFailure(error);
      await clock.sleep(backoffMs(backoff, failures, random), signal).catch(() => {});
    }
  }
}

/**
 * The index to wait for after an answer, undefined to ask anew without waiting: an index that went back is that of
 * another history, and one that is 0 or missing must not be waited for, since that answers at once
 * (https://developer.hashicorp.com/consul/api-docs/features/blocking#implementation-details).
 */
export function nextIndex(asked: string | undefined, answered: string | undefined): string | undefined {
  if (!isUsable(answered)) return '1';
  return asked !== undefined && BigInt(answered) < BigInt(asked) ? undefined : answered;
}

function isUsable(index: string | undefined): index is string {
  return index !== undefined && /^\d+$/.test(index) && BigInt(index) > 0n;
}

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
