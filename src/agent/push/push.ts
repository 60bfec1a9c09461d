import { type Clock, systemClock } from '../../core/clock.ts';
import { deadlineIn } from '../../core/deadline.ts';
import { type Random, systemRandom } from '../../core/random.ts';
import { type Backoff, backoffMs } from '../../core/retry.ts';
import { createBell } from '../bell.ts';
import type { Reading, SourceListener } from '../model/sighting.ts';
import { type Omission, type Reporter, payloadOf } from './payload.ts';
import { Reported } from './reported.ts';
import { type Post, postAdmissible } from './refusals.ts';

/** What is pushed, and how often at least. */
export interface PushOptions extends Reporter {
  /** How often the registry is told what it knows, so that it does not take this host for silent; in milliseconds. */
  readonly everyMs: number;
  /** For how long a source that had instances must show none before that is believed, in milliseconds. */
  readonly emptyAfterMs: number;
}

export interface PushListener {
  /** The registry has everything, but for `omissions`; its answer is the configuration. */
  onPosted(configuration: string, omissions: readonly Omission[]): void;
  /** It could not be told; it will be. */
  onFailure(error: unknown): void;
}

export interface PushParts {
  clock?: Clock;
  random?: Random;
}

/** Takes what a source reads. */
export interface RunningPush extends SourceListener {
  close(): void;
}

const postMs = 90_000;
const backoff: Backoff = { baseMs: 1_000, maxMs: 30_000 };

/**
 * Keeps a registry told of what a source reads: whenever that changes, and every `everyMs`. Each post has everything, so that
 * the next one that succeeds makes up for all that failed.
 */
export function startPush(
  post: Post,
  options: PushOptions,
  listener: PushListener,
  { clock = systemClock, random = systemRandom }: PushParts = {},
): RunningPush {
  const stop = new AbortController();
  const { signal } = stop;
  const bell = createBell(clock);
  const reported = new Reported(clock, options.emptyAfterMs);
  let configuration: string | undefined;
  /** The payload that the registry has, or is being told. */
  let told: string | undefined;

  async function tell(): Promise<void> {
    const { payload, omissions } = payloadOf(reported.sightings(), options);
    told = JSON.stringify(payload);
    const answer = await postAdmissible(post, payload, configuration, deadlineIn(clock, postMs, signal));
    signal.throwIfAborted();
    configuration = answer.configuration;
    listener.onPosted(answer.configuration, [...omissions, ...answer.omissions]);
  }

  async function keepTelling(): Promise<void> {
    for (let failures = 0; !signal.aborted;) {
      await bell.wait(failures === 0 ? options.everyMs : backoffMs(backoff, failures, random));
      if (signal.aborted || !reported.isKnown) continue;
      try {
        await tell();
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        told = undefined;
        failures += 1;
        listener.onFailure(error);
      }
    }
  }

  void keepTelling();
  return {
    onReading: (reading: Reading) => {
      reported.take(reading);
      if (JSON.stringify(payloadOf(reported.sightings(), options).payload) !== told) bell.ring();
    },
    // What was read stays true, and is told again in time.
    onFailure: () => {},
    close: () => {
      stop.abort();
      bell.ring();
    },
  };
}
