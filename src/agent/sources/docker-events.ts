import type { Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import type { Random } from '../../core/random.ts';
import { type Backoff, backoffMs } from '../../core/retry.ts';
import type { ContainerEvent, Docker } from '../../docker/api.ts';
import type { Problem } from '../model/sighting.ts';

export interface EventsListener {
  /** It is time to look: something happened, events are heard of from now on, or no more. */
  onNews(): void;
  onEvent(event: ContainerEvent): void;
}

export interface Subscription {
  /** Why no events are heard of, where that is so. */
  problems(): readonly Problem[];
}

interface SubscriptionParts {
  clock: Clock;
  random: Random;
  /** Ends it. */
  signal: AbortSignal;
}

/** How long a stream may be silent before it counts as open: some versions of Podman begin their answer with the first event. */
const patienceMs = 1_000;
/** A stream that stood for so long was none that ends at once, time after time. */
const steadyMs = 10_000;
const backoff: Backoff = { baseMs: 250, maxMs: 30_000 };

/** What changes where a container is reached, or whether (Podman calls `destroy` `remove`); the rest is not worth a look. */
const worthALook =
  /^(start|restart|die|stop|destroy|remove|rename|pause|unpause|update|connect|disconnect|health_status.*)$/;

/**
 * Keeps a subscription to the events of a daemon until the signal aborts. It is renewed whenever it ends, from the time of the
 * last event on.
 */
export function keepSubscribed(
  docker: Pick<Docker, 'events'>,
  listener: EventsListener,
  { clock, random, signal }: SubscriptionParts,
): Subscription {
  let since: number | undefined;
  let trouble: string | undefined;

  function onEvent(event: ContainerEvent): void {
    since = Math.max(since ?? 0, event.at);
    listener.onEvent(event);
    if (worthALook.test(event.action)) listener.onNews();
  }

  /** @returns whether it stood long enough to begin again without patience */
  async function subscribe(): Promise<boolean> {
    const begun = clock.now();
    const callOff = clock.after(patienceMs, onOpen);
    function onOpen(): void {
      callOff();
      trouble = undefined;
      listener.onNews();
    }
    try {
      await docker.events(since, { onOpen, onEvent }, signal);
    } catch (error) {
      trouble = messageOf(error);
    } finally {
      callOff();
    }
    return clock.now() - begun >= steadyMs;
  }

  async function keepOn(): Promise<void> {
    for (let failures = 0; !signal.aborted;) {
      failures = (await subscribe()) ? 1 : failures + 1;
      if (failures === 1 && !signal.aborted) listener.onNews();
      await clock.sleep(backoffMs(backoff, failures, random), signal).catch(() => {});
    }
  }

  void keepOn();
  return {
    problems: () => (trouble === undefined ? [] : [unheard(trouble)]),
  };
}

function unheard(trouble: string): Problem {
  const message = `events are not heard of, so changes are seen late: ${trouble}`;
  return { source: 'docker', service: undefined, instance: undefined, message };
}
