import type { Clock } from '../../core/clock.ts';
import { backoffMs } from '../../core/retry.ts';
import type { Layout } from '../../haproxy/running/layout.ts';

/** One second, doubling to half a minute. */
const waits = { baseMs: 1_000, maxMs: 30_000 };
const always = (): number => 1;

/** How long what fails again and again is left alone. */
export class Backoff {
  #failures = 0;

  /** One failure more: how long to wait, in milliseconds. */
  failed(): number {
    this.#failures += 1;
    return backoffMs(waits, this.#failures, always);
  }

  succeeded(): void {
    this.#failures = 0;
  }
}

/** When a reload may be tried. */
export class ReloadPace {
  readonly #clock: Clock;
  readonly #minIntervalMs: () => number;
  readonly #backoff = new Backoff();
  #at = 0;
  #quietAt = 0;
  /** What HAProxy refused, and until when that is left alone. */
  #refused: { readonly layout: Layout; readonly until: number } | undefined;

  constructor(clock: Clock, minIntervalMs: () => number) {
    this.#clock = clock;
    this.#minIntervalMs = minIntervalMs;
  }

  /** From when on HAProxy may be brought to a layout, on the clock. */
  dueAt(wanted: Layout): number {
    return Math.max(this.#quietAt, this.#refused?.layout === wanted ? this.#refused.until : this.#at);
  }

  /** Whether nothing more is waited for. */
  get isQuiet(): boolean {
    return this.#clock.now() >= this.#quietAt;
  }

  /** More may be wanted until then, on the clock. */
  waitUntil(quietAt: number): void {
    this.#quietAt = quietAt;
  }

  succeeded(): void {
    this.#backoff.succeeded();
    this.#refused = undefined;
    this.#at = this.#clock.now() + this.#minIntervalMs();
  }

  /** HAProxy would not take it: another one may be tried before. */
  refused(layout: Layout): void {
    this.#at = this.#clock.now() + this.#minIntervalMs();
    this.#refused = { layout, until: this.#clock.now() + waits.maxMs };
  }

  /** It did not come about: how long to wait, in milliseconds, whatever is wanted then. */
  failed(): number {
    const ms = Math.max(this.#backoff.failed(), this.#minIntervalMs());
    this.#at = this.#clock.now() + ms;
    return ms;
  }
}
