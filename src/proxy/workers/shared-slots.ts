import { Failure, type FailureKind } from '../failures.ts';
import type { PoolSpec, SlotKeeper } from '../targets/slots.ts';
import type { Admission, Cancellation, Outcome, Slot, Slots } from '../targets/target.ts';

/** What a worker asks of the process that keeps the places. It knows pools and calls by their numbers. */
export type SlotRequest =
  | { readonly slots: 'open'; readonly pool: number; readonly spec: PoolSpec }
  | { readonly slots: 'close'; readonly pool: number }
  | {
      readonly slots: 'admit';
      readonly pool: number;
      readonly call: number;
      readonly except: readonly string[];
    }
  /** Nobody waits any more; a place that was given meanwhile comes back. */
  | { readonly slots: 'leave'; readonly call: number }
  | { readonly slots: 'release'; readonly call: number; readonly outcome: Outcome };

/** What that process answers about a call. */
export type SlotAnswer =
  | { readonly slots: 'queued'; readonly call: number }
  | { readonly slots: 'granted'; readonly call: number; readonly endpoint: string }
  | {
      readonly slots: 'refused';
      readonly call: number;
      readonly failure: FailureKind;
      readonly message: string;
      readonly retryAfterS: number | undefined;
    };

interface Waiting {
  readonly onQueued: () => void;
  granted(endpoint: string): void;
  refused(failure: Failure): void;
}

/** A keeper whose places another process has, so that several workers never call an emulator at once. */
export interface SharedKeeper extends SlotKeeper {
  /** Takes an answer of that process. */
  receive(answer: SlotAnswer): void;
}

/** @param own has places without a limit, which need not be shared */
export function createSharedKeeper(send: (request: SlotRequest) => void, own: SlotKeeper): SharedKeeper {
  const waiting = new Map<number, Waiting>();
  let [calls, pools] = [0, 0];
  return {
    pool: (spec) => {
      if (spec.concurrency === Infinity) return own.pool(spec);
      const pool = (pools += 1);
      let isOpen = true;
      send({ slots: 'open', pool, spec });
      return sharedPool(spec, {
        admit: (waits, except) => {
          const call = (calls += 1);
          waiting.set(call, waits);
          if (!isOpen) send({ slots: 'open', pool, spec });
          send({ slots: 'admit', pool, call, except });
          if (!isOpen) send({ slots: 'close', pool });
          return call;
        },
        leave: (call) => {
          waiting.delete(call);
          send({ slots: 'leave', call });
        },
        release: (call, outcome) => send({ slots: 'release', call, outcome }),
        close: () => {
          isOpen = false;
          send({ slots: 'close', pool });
        },
      });
    },
    receive: (answer) => {
      const waits = waiting.get(answer.call);
      if (answer.slots === 'queued') waits?.onQueued();
      else waiting.delete(answer.call);
      if (answer.slots === 'granted') waits?.granted(answer.endpoint);
      if (answer.slots === 'refused') {
        const { failure, message, retryAfterS } = answer;
        waits?.refused(new Failure(failure, message, retryAfterS === undefined ? {} : { retryAfterS }));
      }
    },
  };
}

/** The way of one pool to its keeper. */
interface Line {
  admit(waits: Waiting, except: readonly string[]): number;
  leave(call: number): void;
  release(call: number, outcome: Outcome): void;
  readonly close: () => void;
}

function sharedPool({ endpoints, concurrency }: PoolSpec, line: Line): Slots {
  let [inUse, queued] = [0, 0];
  const slotOf = (call: number, endpoint: string): Slot => {
    let released = false;
    inUse += 1;
    return {
      endpoint,
      release: (outcome) => {
        if (released) return;
        released = true;
        inUse -= 1;
        line.release(call, outcome);
      },
    };
  };
  return {
    admit: (cancellation: Cancellation, { onQueued = () => undefined, except = [] }: Admission = {}) =>
      new Promise<Slot>((resolve, reject) => {
        if (cancellation.reason) {
          reject(cancellation.reason);
          return;
        }
        const end = (settle: () => void): void => {
          queued -= 1;
          stopWatching();
          settle();
        };
        queued += 1;
        const granted = (endpoint: string): void => end(() => resolve(slotOf(call, endpoint)));
        const refused = (failure: Failure): void => end(() => reject(failure));
        const call = line.admit({ onQueued, granted, refused }, except);
        const stopWatching = cancellation.onCancel(() => {
          line.leave(call);
          end(() => reject(cancellation.reason ?? new Error('cancelled')));
        });
      }),
    usage: () => ({ slots: endpoints.length * concurrency, inUse, queued }),
    close: line.close,
  };
}
