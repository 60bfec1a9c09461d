import { type Clock, systemClock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { Command, ServerPlace } from '../haproxy/running/commands.ts';
import { parseStat } from './answers.ts';
import { type Ask, withSession } from './socket.ts';

type Removal = Command & { kind: 'remove' };

/** A server that is on its way out. */
interface Leaving {
  readonly removal: Removal;
  /** When it is taken out whatever it has to do. */
  readonly deadline: number;
}

const pauseMs = 250;

/** Answers after which there is nothing more to do; a server that the file refers to elsewhere stays in maintenance. */
const isGone = /^(Server deleted|No such (server|backend))/;
const isKept = /^This server cannot be removed at runtime/;

/**
 * Servers of one HAProxy process on their way out: no new requests at once, out of service when they have nothing to do or
 * their time is over, and deleted when HAProxy lets go of their idle connections, which takes it some seconds.
 */
export class Removals {
  readonly #socket: string;
  readonly #drainMs: () => number;
  readonly #clock: Clock;
  readonly #leaving = new Map<string, Leaving>();
  /** In maintenance for as long as the process runs. */
  readonly #kept = new Set<string>();
  #callOff: (() => void) | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /**
   * @param socket path of the worker's socket
   * @param drainMs how long a server that begins to leave may have something to do, in milliseconds
   */
  constructor(socket: string, drainMs: () => number, clock: Clock = systemClock) {
    this.#socket = socket;
    this.#drainMs = drainMs;
    this.#clock = clock;
  }

  /** How many servers are on their way out. */
  get size(): number {
    return this.#leaving.size;
  }

  /** Whether a server is on its way out, or as far out as it can get; what it still is in HAProxy means nothing. */
  isLeaving(place: ServerPlace): boolean {
    return this.#leaving.has(textOf(place)) || this.#kept.has(textOf(place));
  }

  /** Runs work while no server is being removed; a server must not go while it is called back. */
  apart<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    return turn;
  }

  /** Takes a server out of the choice for new requests, and the rest when its time comes. */
  async begin(removal: Removal, ask: Ask): Promise<void> {
    await ask(`set server ${textOf(removal)} state drain`);
    const deadline = this.#clock.now() + this.#drainMs();
    this.#leaving.set(textOf(removal), { removal, deadline });
    this.#workIn(0);
  }

  /** The removal that a server is in, which ends herewith; undefined where it is in none. */
  recall(place: ServerPlace): Removal | undefined {
    const leaving = this.#leaving.get(textOf(place));
    this.#leaving.delete(textOf(place));
    return leaving?.removal;
  }

  /**
   * Removes a server that must make room, at once.
   * @throws AppError UPSTREAM_REJECTED when it cannot, since it has something to do
   */
  async finish(place: ServerPlace, ask: Ask): Promise<void> {
    const answer = await takeOut(place, ask);
    if (!isGone.test(answer))
      throw new AppError('UPSTREAM_REJECTED', `HAProxy cannot remove ${textOf(place)} yet: ${answer}`);
  }

  /** Forgets them all: another process has taken over, which never had them, or nobody goes on. */
  clear(): void {
    this.#leaving.clear();
    this.#kept.clear();
    this.#callOff?.();
    this.#callOff = undefined;
  }

  #workIn(ms: number): void {
    this.#callOff?.();
    this.#callOff = this.#clock.after(ms, () => void this.#work());
  }

  async #work(): Promise<void> {
    try {
      await this.apart(() => withSession(this.#socket, (ask) => this.#removeIdle(ask), this.#clock));
    } catch {
      // A process that does not answer now is asked again, and a new one is asked for servers that it does not have.
    }
    if (this.#leaving.size > 0) this.#workIn(pauseMs);
  }

  async #removeIdle(ask: Ask): Promise<void> {
    const backends = new Set([...this.#leaving.values()].map(({ removal }) => removal.backend));
    for (const backend of backends) {
      const busy = busyServers(await ask(`show stat ${backend} 4 -1`));
      for (const [text, { removal, deadline }] of this.#leaving) {
        const isDue = !busy.has(removal.server) || this.#clock.now() >= deadline;
        if (removal.backend !== backend || !isDue) continue;
        const answer = await takeOut(removal, ask);
        if (isKept.test(answer)) this.#kept.add(text);
        if (isGone.test(answer) || isKept.test(answer)) this.#leaving.delete(text);
      }
    }
  }
}

/** Takes a server out of service and deletes it; the answer says whether it is gone. */
async function takeOut(place: ServerPlace, ask: Ask): Promise<string> {
  await ask(`set server ${textOf(place)} state maint`);
  return ask(`del server ${textOf(place)}`);
}

/** Names of servers that have requests, or requests that wait for them. */
function busyServers(answer: string): Set<string> {
  return new Set(
    parseStat(answer, ['svname', 'scur', 'qcur'])
      .filter(([, current, queued]) => Number(current) > 0 || Number(queued) > 0)
      .map(([name = '']) => name),
  );
}

function textOf({ backend, server }: ServerPlace): string {
  return `${backend}/${server}`;
}
