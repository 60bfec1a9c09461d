import type { Container, ContainerEvent } from '../../docker/api.ts';
import { sigkill } from '../../docker/signals.ts';

/** How much longer than it is given a container that was asked to stop may take, as by `docker stop --time`. */
const overtimeMs = 60_000;

interface Ending {
  /** When the event was, on the daemon's clock. */
  readonly at: number;
  /** The last list that was begun before the event, which does not know of it; none of them does of a stop. */
  readonly lastList: number;
  /** Until when it is believed that it stops. */
  readonly until: number;
}

/** Containers that end, as events tell it: before a list can show that they have, and while they still run. */
export class DockerEndings {
  readonly #byId = new Map<string, Ending>();

  /**
   * Notes what an event says of a container's end: it died, or was sent the signal that stops it. One that was started
   * again, or goes on after the time that it is given to stop, ends no more.
   * @param container as it is known
   * @param list the number of the last list that was begun
   * @returns whether it ends
   */
  note(event: ContainerEvent, container: Container | undefined, list: number, now: number): boolean {
    const { id, action, signal, at } = event;
    if (action === 'start') this.#byId.delete(id);
    const isStop = action === 'kill' && (signal === sigkill || signal === (container?.stopSignal ?? NaN));
    if (action !== 'die' && !isStop) return false;
    const graceMs = container?.stopTimeoutMs ?? 0;
    const ending = isStop
      ? { at, lastList: Infinity, until: now + graceMs + overtimeMs }
      : { at, lastList: list, until: Infinity };
    this.#byId.set(id, ending);
    return true;
  }

  /** Whether a container ends that a list shows as running, by the number of that list. */
  includes({ id, startedAt }: Container, list: number, now: number): boolean {
    const ending = this.#byId.get(id);
    if (ending === undefined || ending.lastList < list || ending.until <= now) return false;
    return startedAt === undefined || startedAt <= ending.at;
  }

  /** Forgets those that this list, and so any later one, knows of itself. */
  tidy(listed: ReadonlyMap<string, Container>, list: number, now: number): void {
    for (const [id, { lastList, until }] of this.#byId) {
      const isOver = lastList < list || until <= now;
      if (isOver || (lastList === Infinity && !listed.has(id))) this.#byId.delete(id);
    }
  }
}
