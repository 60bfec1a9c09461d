import { type Clock, systemClock } from '../../core/clock.ts';
import { deadlineIn } from '../../core/deadline.ts';
import { type Random, systemRandom } from '../../core/random.ts';
import { type Backoff, backoffMs } from '../../core/retry.ts';
import { TokenBucket } from '../../core/token-bucket.ts';
import type { ContainerEvent, Docker } from '../../docker/api.ts';
import type { Reading, RunningSource, SourceListener } from '../model/sighting.ts';
import { createBell } from '../bell.ts';
import { keepSubscribed } from './docker-events.ts';
import type { DockerOptions } from './docker-options.ts';
import { DockerState } from './docker-state.ts';

export interface DockerSourceParts {
  clock?: Clock;
  random?: Random;
}

/** Events come in bursts: a restart alone makes five. */
const debounceMs = 100;
/** Lists that are read at once, and then in a second, while events never end. */
const burst = 4;
const perSecond = 2;
const listMs = 60_000;
const backoff: Backoff = { baseMs: 500, maxMs: 30_000 };

/**
 * Follows the containers of a Docker Engine. Every reading rests on a full list, which is read at the start, after events, after
 * each connection to the stream of events, and every `resyncMs`. Events only say when to look; but a container that an event
 * says is ending drains at once, in a reading of its service alone.
 */
export function startDockerSource(
  docker: Pick<Docker, 'listContainers' | 'events'>,
  options: DockerOptions,
  listener: SourceListener,
  { clock = systemClock, random = systemRandom }: DockerSourceParts = {},
): RunningSource {
  const stop = new AbortController();
  const { signal } = stop;
  const bell = createBell(clock);
  const pace = new TokenBucket(clock, perSecond, burst);
  const state = new DockerState(options, clock);

  function tell(reading: Reading): void {
    listener.onReading({ ...reading, problems: [...reading.problems, ...subscription.problems()] });
  }

  function onEvent(event: ContainerEvent): void {
    const reading = state.note(event);
    if (reading !== undefined) tell(reading);
  }

  const subscription = keepSubscribed(docker, { onNews: bell.ring, onEvent }, { clock, random, signal });

  /** @returns whether every container was read */
  async function look(): Promise<boolean> {
    await pace.take(signal);
    bell.still();
    state.beginList();
    const list = await docker.listContainers(deadlineIn(clock, listMs, signal));
    signal.throwIfAborted();
    state.take(list);
    tell(state.reading());
    return list.unread.length === 0;
  }

  async function keepLooking(): Promise<void> {
    await bell.wait(listMs);
    for (let failures = 0; !signal.aborted;) {
      try {
        failures = (await look()) ? 0 : failures + 1;
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        listener.onFailure(error);
      }
      await bell.wait(failures === 0 ? options.resyncMs : backoffMs(backoff, failures, random));
      await clock.sleep(debounceMs, signal).catch(() => {});
    }
  }

  void keepLooking();
  return {
    refresh: bell.ring,
    close: () => {
      stop.abort();
      bell.ring();
    },
  };
}
