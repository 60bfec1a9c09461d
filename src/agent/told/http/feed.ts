import type { ServerResponse } from 'node:http';
import type { Clock } from '../../../core/clock.ts';
import { messageOf } from '../../../core/errors.ts';
import type { Logger } from '../../../core/logger.ts';
import { createBell } from '../../bell.ts';
import { changeBetween, compared, type Compared, isOther } from './differences.ts';
import type { Status } from '../status.ts';

const mostReaders = 20;
/** HAProxy's servers change without anybody telling of it. */
const lookEveryMs = 2_000;
/** News that come together are told together. */
const gatherMs = 200;
/** So that ages move, and that proxies between do not take the connection for a dead one. */
const tellEveryMs = 15_000;
/** Whoever lags more than this is dropped, and may begin anew. */
const longestLag = 16 * 1024 * 1024;
const reconnectMs = 2_000;

interface FeedOptions {
  readonly status: () => Promise<Status>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Tells all who listen how the agent does, as server-sent events
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html): first everything, then what is other. While nobody
 * listens nothing is looked at; whoever else listens costs nothing but the bytes.
 */
export class Feed {
  readonly #options: FeedOptions;
  readonly #bell: ReturnType<typeof createBell>;
  /** Who were told of what is known. */
  readonly #readers = new Set<ServerResponse>();
  /** Who were told nothing so far. */
  readonly #joining = new Set<ServerResponse>();
  #known: Compared | undefined;
  #toldAt = 0;
  #isRunning = false;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#bell = createBell(options.clock);
  }

  /** Whether nobody else may listen. */
  get isFull(): boolean {
    return this.#readers.size + this.#joining.size >= mostReaders;
  }

  /** Tells a reader, whose headers are sent already, until either side ends it. */
  join(reader: ServerResponse): void {
    this.#joining.add(reader);
    reader.on('error', () => this.#forget(reader));
    reader.on('close', () => this.#forget(reader));
    reader.write(`retry: ${reconnectMs}\n\n`);
    this.#bell.ring();
    void this.#run();
  }

  /** Something may be other than before. */
  look(): void {
    this.#bell.ring();
  }

  /** Ends all connections. */
  close(): void {
    for (const reader of this.#all()) reader.end();
    this.#readers.clear();
    this.#joining.clear();
    this.#bell.ring();
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      while (this.#all().length > 0) {
        this.#bell.still();
        await this.#tell();
        await this.#options.clock.sleep(gatherMs);
        await this.#bell.wait(lookEveryMs - gatherMs);
      }
    } catch (error) {
      this.#options.logger.error({ error: messageOf(error) }, 'defect');
      for (const reader of this.#all()) reader.destroy();
    } finally {
      this.#isRunning = false;
      this.#known = undefined;
    }
  }

  async #tell(): Promise<void> {
    const now = compared(await this.#options.status());
    const before = this.#known;
    this.#known = now;
    const isDue = this.#options.clock.now() - this.#toldAt >= tellEveryMs;
    if (before === undefined || isDue || isOther(before, now)) {
      this.#toldAt = this.#options.clock.now();
      if (before) this.#send(this.#readers, 'change', changeBetween(before, now));
    }
    if (this.#joining.size === 0) return;
    this.#send(this.#joining, 'status', now.status);
    for (const reader of this.#joining) this.#readers.add(reader);
    this.#joining.clear();
  }

  /** JSON holds no line breaks, so that it is one line of data. */
  #send(readers: ReadonlySet<ServerResponse>, event: string, data: object): void {
    if (readers.size === 0) return;
    const bytes = Buffer.from(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    for (const reader of readers) {
      if (reader.writableLength > longestLag) reader.destroy();
      else reader.write(bytes);
    }
  }

  #all(): ServerResponse[] {
    return [...this.#readers, ...this.#joining];
  }

  #forget(reader: ServerResponse): void {
    this.#readers.delete(reader);
    this.#joining.delete(reader);
  }
}
