import type { Clock } from './clock.ts';

/**
 * A rate limit shared by all callers of one API: `burst` calls at once, then `perSecond`.
 * A throttled answer halves the rate for everybody; every success wins a little of it back.
 */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #burst: number;
  #rate: number;
  #tokens: number;
  #updated: number;

  constructor(clock: Clock, perSecond: number, burst: number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#rate = perSecond;
    this.#tokens = burst;
    this.#updated = clock.now();
  }

  /** Milliseconds until a call that queues now could be made. */
  waitMs(): number {
    this.#refill();
    return this.#tokens >= 1 ? 0 : ((1 - this.#tokens) / this.#rate) * 1000;
  }

  /**
   * Takes one token, waiting for it in the order of the callers.
   * @throws the reason of `signal` when that aborts first; the token is left to others then
   */
  async take(signal?: AbortSignal): Promise<void> {
    const wait = this.waitMs();
    this.#tokens -= 1;
    try {
      if (wait > 0) await this.#clock.sleep(wait, signal);
    } catch (error) {
      this.#tokens += 1;
      throw error;
    }
  }

  /** The API limits its callers: halves the rate, and spends what is left of the burst. */
  throttled(): void {
    this.#refill();
    this.#rate = Math.max(this.#rate / 2, this.#perSecond / 16);
    this.#tokens = Math.min(this.#tokens, 0);
  }

  /** A call was answered: raises the rate a little, up to what it was at first. */
  succeeded(): void {
    this.#refill();
    this.#rate = Math.min(this.#perSecond, this.#rate + this.#perSecond / 16);
  }

  #refill(): void {
    const now = this.#clock.now();
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#updated) / 1000) * this.#rate);
    this.#updated = now;
  }
}
