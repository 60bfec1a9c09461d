import { isAppError, messageOf } from '../../core/errors.ts';
import type { ServedConfig, Serving } from '../serving.ts';
import type { FromWorker } from './messages.ts';

/** What a worker's service is made with. */
interface ServiceParts {
  readonly start: (config: ServedConfig) => Promise<Serving>;
  /** Tells the first process something, and calls `sent` when that is on its way. */
  readonly send: (message: FromWorker, sent?: () => void) => void;
  /** Called when it cannot start. */
  readonly end: () => void;
}

/** What a worker serves: the last that it was told, also where that was while it started. */
export class Service {
  readonly #parts: ServiceParts;
  #wanted: ServedConfig | undefined;
  #serving: Serving | undefined;
  #started: Promise<void> | undefined;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
  }

  change(config: ServedConfig): void {
    this.#wanted = config;
    this.#serving?.change(config);
    this.#started ??= this.#start(config);
  }

  /** Answers a question; one that does not serve yet is not asked. */
  async report(question: number): Promise<void> {
    const report = await this.#serving?.report();
    if (report) this.#parts.send({ kind: 'report', question, report });
  }

  async stop(): Promise<void> {
    await this.#started;
    await this.#serving?.stop();
  }

  async #start(first: ServedConfig): Promise<void> {
    const { start, send, end } = this.#parts;
    try {
      const serving = await start(first);
      this.#serving = serving;
      if (this.#wanted && this.#wanted !== first) serving.change(this.#wanted);
      send({ kind: 'listening', port: serving.port });
    } catch (error) {
      const code = isAppError(error) ? error.code : 'INTERNAL';
      send({ kind: 'failed', code, message: messageOf(error) }, end);
    }
  }
}
