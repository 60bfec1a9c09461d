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
    this.slot?.release('free');
    this.#act?.();
  }
}

/** Gives places to the calls of workers. */
export class SlotDesk {
  readonly #keeper: SlotKeeper;
  readonly #later: (act: () => void) => void;
  readonly #pools = new Map<string, { readonly slots: Slots; readonly workers: Set<number> }>();
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
        this.#close(worker, request.pool);
        break;
      case 'admit':
        void this.#admit(worker, request, answer);
        break;
      case 'leave':
        this.#end(visitId(worker, request.call), (visit) => visit.leave());
        break;
      case 'release':
        this.#end(visitId(worker, request.call), ({ slot }) => slot?.release(request.outcome));
    }
  }

  /** A worker has gone. Whom it had called may still be busy with that, so that these places are not free at once. */
  lost(worker: number): void {
    const left = [...this.#visits].filter(([id]) => id.startsWith(visitId(worker, '')));
    for (const [id, { slot }] of left) if (!slot) this.#end(id, (visit) => visit.leave());
    this.#later(() => {
      for (const [id] of left) this.#end(id, (visit) => visit.leave());
    });
    for (const pool of this.#pools.keys()) this.#close(worker, pool);
  }

  /** Workers have the same routes, and share the pools of these. */
  #open(worker: number, { pool: key, spec }: Extract<SlotRequest, { slots: 'open' }>): void {
    const pool = this.#pools.get(key) ?? { slots: this.#keeper.pool(spec), workers: new Set() };
    this.#pools.set(key, pool);
    pool.workers.add(worker);
  }

  #close(worker: number, key: string): void {
    const pool = this.#pools.get(key);
    pool?.workers.delete(worker);
    if (pool?.workers.size !== 0) return;
    this.#pools.delete(key);
    pool.slots.close();
  }

  async #admit(
    worker: number,
    { pool: key, call }: Extract<SlotRequest, { slots: 'admit' }>,
    answer: Answer,
  ): Promise<void> {
    const visit = new Visit();
    const id = visitId(worker, call);
    this.#visits.set(id, visit);
    try {
      const pool = this.#pools.get(key);
      if (!pool) throw new Failure('internal', `there is no pool ${key}`);
      visit.slot = await pool.slots.admit(visit, () => answer({ slots: 'queued', call }));
      if (visit.cancelled) visit.slot.release('free');
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

function visitId(worker: number, call: number | ''): string {
  return `${worker}/${call}`;
}
