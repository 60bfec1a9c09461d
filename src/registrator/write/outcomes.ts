import { mapConcurrent } from '../../core/concurrency.ts';
import { type AppError, isAppError } from '../../core/errors.ts';
import type { Change } from '../model/change.ts';

/**
 * What became of a change: written; overtaken by another writer; written but left without its other half; not made, since
 * what it would create may exist where the token sees nothing; refused by the limit of deletions; held back, since what has
 * to come first could not be done; kept for what a failure or warning beside it tells; or failed.
 */
export type Outcome = 'done' | 'lost' | 'half' | 'hidden' | 'refused' | 'held' | 'kept' | AppError;

/** A change that has been dealt with. */
export interface Settled {
  change: Change;
  outcome: Outcome;
  /** The terminating gateway that may not be written, so that its link is as it was. */
  deniedGateway?: string;
}

/** What became so far of the changes of one batch. Once a datacenter is away nothing further is attempted there. */
export class Outcomes {
  readonly #changes: readonly Change[];
  readonly #ended = new Map<Change, Outcome>();
  readonly #denied = new Map<Change, string>();
  readonly #outages = new Map<string, AppError>();

  constructor(changes: readonly Change[]) {
    this.#changes = changes;
  }

  /** Those of `changes`, or of all, that nothing has gone wrong with. */
  open(changes: readonly Change[] = this.#changes): Change[] {
    return changes.filter((change) => !this.#ended.has(change));
  }

  /** Every change of the batch; what nothing has gone wrong with is done. */
  settled(): Settled[] {
    return this.#changes.map((change) => {
      const deniedGateway = this.#denied.get(change);
      const outcome = this.#ended.get(change) ?? 'done';
      return { change, outcome, ...(deniedGateway !== undefined && { deniedGateway }) };
    });
  }

  /** Notes that the link of a change may not be written; all else goes on. */
  deny(change: Change, gateway: string): void {
    this.#denied.set(change, gateway);
  }

  deniedGateway(change: Change): string | undefined {
    return this.#denied.get(change);
  }

  end(change: Change, outcome: Outcome): void {
    if (outcome !== 'done') this.#ended.set(change, outcome);
  }

  /** One call for each of `changes`, `limit` at a time; what a call throws is the outcome of its change. */
  async each(
    limit: number,
    changes: readonly Change[],
    write: (change: Change) => Promise<Outcome>,
  ): Promise<void> {
    await mapConcurrent(changes, limit, async (change) => {
      await this.attempt([change], async () => this.end(change, await write(change)));
    });
  }

  /** Runs one call on behalf of `changes`; what it throws is the outcome of all of them. */
  async attempt(changes: readonly Change[], call: () => Promise<void>): Promise<void> {
    try {
      const outage = changes.map(({ place }) => this.#outages.get(place.datacenter ?? '')).find(Boolean);
      if (outage) throw outage;
      await call();
    } catch (error) {
      if (!isAppError(error)) throw error;
      const isAway = error.retryable || error.code === 'UPSTREAM_TLS';
      if (isAway) for (const { place } of changes) this.#outages.set(place.datacenter ?? '', error);
      for (const change of changes) this.end(change, error);
    }
  }
}
