import { setMaxListeners } from 'node:events';
import type { CloudMap } from '../../../aws/cloud-map/api.ts';
import { type Clock, systemClock } from '../../../core/clock.ts';
import { type Random, systemRandom } from '../../../core/random.ts';
import { type Backoff, backoffMs } from '../../../core/retry.ts';
import type { RunningSource, SourceListener } from '../../model/sighting.ts';
import { createBell } from '../../bell.ts';
import { createLook, type Scope } from './look.ts';
import type { CloudMapSettings } from './settings.ts';

export interface CloudMapSourceOptions {
  readonly clock?: Clock;
  readonly random?: Random;
}

/** Before another look at what failed. */
const backoff: Backoff = { baseMs: 2_000, maxMs: 30_000 };

/**
 * Follows the services of Cloud Map's namespaces until it is closed: everything is looked at once every `refreshMs`, and
 * what failed sooner than that. Each look is told, whether it brought anything new or not.
 */
export function startCloudMapSource(
  settings: CloudMapSettings,
  cloudMap: CloudMap,
  listener: SourceListener,
  { clock = systemClock, random = systemRandom }: CloudMapSourceOptions = {},
): RunningSource {
  const stop = new AbortController();
  // Every call listens to it, and many are made at once.
  setMaxListeners(0, stop.signal);
  const look = createLook(settings, cloudMap, clock, stop.signal);
  const bell = createBell(clock);

  /** Whether everything that was looked at could be read. */
  async function tell(scope: Scope): Promise<boolean> {
    try {
      const { reading, isComplete } = await look(scope);
      if (!stop.signal.aborted) listener.onReading(reading);
      return isComplete;
    } catch (error) {
      if (!stop.signal.aborted) listener.onFailure(error);
      return false;
    }
  }

  async function follow(): Promise<void> {
    let scope: Scope = 'due';
    let dueAt = clock.now();
    let failures = 0;
    while (!stop.signal.aborted) {
      if (scope !== 'failed') dueAt = clock.now() + settings.refreshMs;
      failures = (await tell(scope)) ? 0 : failures + 1;
      const soon = failures === 0 ? Infinity : backoffMs(backoff, failures, random);
      const untilDue = dueAt - clock.now();
      const isAsked = await bell.wait(Math.max(0, Math.min(soon, untilDue)));
      scope = isAsked ? 'all' : soon < untilDue ? 'failed' : 'due';
    }
  }

  void follow();
  return {
    refresh: bell.ring,
    close: () => {
      stop.abort();
      bell.ring();
    },
  };
}
