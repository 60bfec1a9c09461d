import type { Clock } from '../../core/clock.ts';

/** Failures to connect, one after another, that open a breaker. */
const patience = 5;
const firstPauseMs = 1_000;
const longestPauseMs = 15_000;

/**
 * Stops calls to what cannot be reached: open after some failures in a row, for a time that doubles each time, after which
 * one call at a time may try.
 */
export class Breaker {
  readonly #clock: Clock;
  #failures = 0;
  #pauseMs = firstPauseMs;
  #openUntil = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isOpen(): boolean {
    return this.openMs > 0;
  }

  /** Milliseconds for which it is open yet; 0 while it is not. */
  get openMs(): number {
    return this.#failures < patience ? 0 : Math.max(0, this.#openUntil - this.#clock.now());
  }

  /** Whether it is not known to work again, so that one call at a time is enough. */
  get isOnTrial(): boolean {
    return this.#failures >= patience;
  }

  /** Whether the last call could not reach it. */
  get isSuspect(): boolean {
    return this.#failures > 0;
  }

  reached(): void {
    this.#failures = 0;
    this.#pauseMs = firstPauseMs;
  }

  /** @returns milliseconds for which it is open now; 0 while it is not */
  unreached(): number {
    this.#failures += 1;
    if (this.#failures < patience) return 0;
    const pauseMs = this.#pauseMs;
    this.#openUntil = this.#clock.now() + pauseMs;
    this.#pauseMs = Math.min(2 * pauseMs, longestPauseMs);
    return pauseMs;
  }
}
