import { asFailure, Failure } from '../failures.ts';
import type { SlotKeeper } from '../targets/slots.ts';
import type { Cancellation, Slot, Slots } from '../targets/target.ts';
import type { SlotAnswer, SlotRequest } from './shared-slots.ts';

/** Gives places to the calls of workers. */
export interface SlotDesk {
  receive(worker: number, request: SlotRequest, answer: (said: SlotAnswer) => void): void;
  /** A worker has gone: whom it called may still be busy with that, so that its places are free after a while. */
  lost(worker: number): void;
}

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

/** @param later calls what it is given when the functions that a lost worker had called can be thought to have ended */
export function createSlotDesk(keeper: SlotKeeper, later: (act: () => void) => void): SlotDesk {
  const pools = new Map<string, { slots: Slots; workers: Set<number> }>();
  const visits = new Map<string, Visit>();

  function open(worker: number, key: string, make: () => Slots): void {
    const pool = pools.get(key) ?? { slots: make(), workers: new Set() };
    pools.set(key, pool);
    pool.workers.add(worker);
  }

  function close(worker: number, key: string): void {
    const pool = pools.get(key);
    pool?.workers.delete(worker);
    if (pool?.workers.size !== 0) return;
    pools.delete(key);
    pool.slots.close();
  }

  async function admit(
    key: string,
    id: string,
    call: number,
    answer: (said: SlotAnswer) => void,
  ): Promise<void> {
    const visit = new Visit();
    visits.set(id, visit);
    try {
      const pool = pools.get(key);
      if (!pool) throw new Failure('internal', `there is no pool ${key}`);
      visit.slot = await pool.slots.admit(visit, () => answer({ slots: 'queued', call }));
      if (visit.cancelled) visit.slot.release('free');
      else answer({ slots: 'granted', call, endpoint: visit.slot.endpoint });
    } catch (error) {
      visits.delete(id);
      const { kind, message, retryAfterS } = asFailure(error);
      if (!visit.cancelled) answer({ slots: 'refused', call, failure: kind, message, retryAfterS });
    }
  }

  function end(id: string, act: (visit: Visit) => void): void {
    const visit = visits.get(id);
    visits.delete(id);
    if (visit) act(visit);
  }

  return {
    receive: (worker, request, answer) => {
      switch (request.slots) {
        case 'open':
          return open(worker, request.pool, () => keeper.pool(request.spec));
        case 'close':
          return close(worker, request.pool);
        case 'admit':
          return void admit(request.pool, `${worker}/${request.call}`, request.call, answer);
        case 'leave':
          return end(`${worker}/${request.call}`, (visit) => visit.leave());
        case 'release':
          return end(`${worker}/${request.call}`, ({ slot }) => slot?.release(request.outcome));
      }
    },
    lost: (worker) => {
      const left = [...visits].filter(([id]) => id.startsWith(`${worker}/`));
      for (const [id, { slot }] of left) if (!slot) end(id, (visit) => visit.leave());
      later(() => left.forEach(([id]) => end(id, (visit) => visit.leave())));
      for (const key of pools.keys()) close(worker, key);
    },
  };
}
