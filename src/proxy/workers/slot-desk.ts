import { asFailure, Failure } from '../failures.ts';
import type { SlotKeeper } from '../targets/slots.ts';
import type { Cancellation, Slot, Slots } from '../targets/target.ts';
import type { SlotAnswer, SlotRequest } from './shared-slots.ts';

type Answer = (said: SlotAnswer) => void;

/** A call of a worker: it waits, or it has its place. */
class Visit implements Cancellation {
  slot: Slot | undefined;
  reason: Failure | undefined;
  #act: (() => void) | undefined;

  get cancelled(): boolean {
    return this.reason !== undefined;
  }

  onCancel(act: () => void): () => void {
    this.#act = act;
    return () => (this.#act = undefined);
  }

  leave(): void {
    this.reason = new Failure('client_closed', 'the worker does not wait any more');
    this.slot?.release('unused');
    this.#act?.();
  }
}

/** One pool of all workers. */
interface SharedPool {
  readonly slots: Slots;
  /** The pools of workers that it stands for. */
  readonly members: Set<string>;
}

/** Gives places to the calls of workers. */
export class SlotDesk {
  readonly #keeper: SlotKeeper;
  readonly #later: (act: () => void) => void;
  readonly #pools = new Map<string, SharedPool>();
  /** By the worker and its number of the pool. */
  readonly #members = new Map<string, SharedPool>();
  readonly #visits = new Map<string, Visit>();

  /** @param later does something when the calls of a worker that is lost can be thought to have ended */
  constructor(keeper: SlotKeeper, later: (act: () => void) => void) {
    this.#keeper = keeper;
    this.#later = later;
  }

  receive(worker: number, request: SlotRequest, answer: Answer): void {
    switch (request.slots) {
      case 'open':
        this.#open(worker, request);
        break;
      case 'close':
        this.#close(idOf(worker, request.pool));
        break;
      case 'admit':
        void this.#admit(worker, request, answer);
        break;
      case 'leave':
        this.#end(idOf(worker, request.call), (visit) => visit.leave());
        break;
      case 'release':
        this.#end(idOf(worker, request.call), ({ slot }) => slot?.release(request.outcome));
    }
  }

  /** A worker has gone. Whom it had called may still be busy with that, so that these places are not free at once. */
  lost(worker: number): void {
    const left = [...this.#visits].filter(([id]) => isOf(worker, id));
    for (const [id, { slot }] of left) if (!slot) this.#end(id, (visit) => visit.leave());
    this.#later(() => {
      for (const [id] of left) this.#end(id, (visit) => visit.leave());
    });
    for (const id of this.#members.keys()) if (isOf(worker, id)) this.#close(id);
  }

  /** Workers have the same routes, and share the pools of these. */
  #open(worker: number, { pool, spec }: Extract<SlotRequest, { slots: 'open' }>): void {
    const key = JSON.stringify(spec);
    const shared = this.#pools.get(key) ?? { slots: this.#keeper.pool(spec), members: new Set() };
    this.#pools.set(key, shared);
    const id = idOf(worker, pool);
    this.#members.set(id, shared);
    shared.members.add(id);
  }

  #close(id: string): void {
    const shared = this.#members.get(id);
    this.#members.delete(id);
    shared?.members.delete(id);
    if (shared?.members.size !== 0) return;
    for (const [key, pool] of this.#pools) if (pool === shared) this.#pools.delete(key);
    shared.slots.close();
  }

  async #admit(
    worker: number,
    { pool, call, except }: Extract<SlotRequest, { slots: 'admit' }>,
    answer: Answer,
  ): Promise<void> {
    const visit = new Visit();
    const id = idOf(worker, call);
    this.#visits.set(id, visit);
    try {
      const shared = this.#members.get(idOf(worker, pool));
      if (!shared) throw new Failure('internal', `worker ${worker} has no pool ${pool}`);
      const onQueued = (): void => answer({ slots: 'queued', call });
      visit.slot = await shared.slots.admit(visit, { onQueued, except });
      if (visit.cancelled) visit.slot.release('unused');
      else answer({ slots: 'granted', call, endpoint: visit.slot.endpoint });
    } catch (error) {
      this.#visits.delete(id);
      const { kind: failure, message, retryAfterS } = asFailure(error);
      if (!visit.cancelled) answer({ slots: 'refused', call, failure, message, retryAfterS });
    }
  }

  #end(id: string, act: (visit: Visit) => void): void {
    const visit = this.#visits.get(id);
    this.#visits.delete(id);
    if (visit) act(visit);
  }
}

/** Names a pool or a call of a worker. */
function idOf(worker: number, number: number): string {
  return `${worker}/${number}`;
}

function isOf(worker: number, id: string): boolean {
  return id.startsWith(`${worker}/`);
}
