import { Counter, Registry } from 'prom-client';
import type { Environment } from '../config/options.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { sameJson } from '../core/objects.ts';
import type { ProxyConfig } from './config.ts';
import { configIn, type ProxyFileText, readProxyFile } from './file-text.ts';
import type { MetricsJson } from './told/report.ts';

interface Running {
  readonly text: ProxyFileText;
  readonly config: ProxyConfig;
  /** Goes over to another file, which has been checked. */
  readonly change: (config: ProxyConfig) => void;
  readonly env: Environment;
  readonly logger: Logger;
}

/** What a running proxy cannot change, and how the file calls it. */
const needsRestart = {
  listen: 'host and port',
  admin: 'admin',
  tls: 'tls',
  workers: 'workers',
} as const satisfies Partial<Record<keyof ProxyConfig, string>>;

/** Goes over to the file as it is now, when it is asked to: as a whole, or not at all. */
export class Reloads {
  readonly #running: Running;
  readonly #registry = new Registry();
  readonly #counter: Counter<'result'>;
  #text: string;
  #last: Promise<void> = Promise.resolve();

  constructor(running: Running) {
    this.#running = running;
    this.#text = running.text.text;
    this.#counter = new Counter({
      name: 'lambda_proxy_reloads_total',
      help: 'Reloads of the file, by result.',
      labelNames: ['result'],
      registers: [this.#registry],
    });
    for (const result of ['success', 'failure']) this.#counter.inc({ result }, 0);
  }

  /** Reads the file again, after what is being read now. */
  request(): void {
    this.#last = this.#last.then(() => this.#reload(() => true));
  }

  /** The same, unless it holds what counts already. */
  look(): void {
    this.#last = this.#last.then(() => this.#reload(({ text }) => text !== this.#text));
  }

  metrics(): Promise<MetricsJson> {
    return this.#registry.getMetricsAsJSON();
  }

  async #reload(counts: (text: ProxyFileText) => boolean): Promise<void> {
    const { change, env, logger } = this.#running;
    const { file } = this.#running.text;
    try {
      const text = await readProxyFile(file);
      if (!counts(text)) return;
      const { config, warnings } = configIn(text, env);
      for (const warning of [...warnings, ...this.#restartsNeeded(config)]) logger.warn({}, warning);
      change(config);
      this.#counter.inc({ result: 'success' });
      logger.info({ file, changed: text.text !== this.#text, routes: config.routes.length }, 'reloaded');
      this.#text = text.text;
    } catch (error) {
      this.#counter.inc({ result: 'failure' });
      logger.error({ file, problem: messageOf(error) }, 'not reloaded, everything stays as it was');
    }
  }

  #restartsNeeded(config: ProxyConfig): string[] {
    const before = this.#running.config;
    const file = this.#running.text.file ?? '';
    return Object.entries(needsRestart)
      .filter(
        ([key]) =>
          !sameJson(before[key as keyof typeof needsRestart], config[key as keyof typeof needsRestart]),
      )
      .map(([, name]) => `${file}: ${name} changed, which counts after a restart`);
  }
}
