import { logMessages } from '../../config/log-messages.ts';
import { AppError, messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { AppliedChange, ApplyListener, ApplyMeasures } from '../apply/api.ts';
import { type ApplyMetrics, createApplyMetrics } from './apply-metrics.ts';
import { withoutSecrets } from '../../haproxy-process/without-secrets.ts';

const mostChanges = 200;

/** Keeps account of what became of changes, in log and metrics and as a list of the last. */
export class ApplyRecords implements ApplyListener {
  readonly metrics: ApplyMetrics = createApplyMetrics();
  readonly #logger: Logger;
  #changes: readonly AppliedChange[] = [];
  #tell = (): void => undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** The last 200, the newest first. */
  get changes(): readonly AppliedChange[] {
    return this.#changes;
  }

  /** Calls `tell` after each change from now on. */
  whenChanged(tell: () => void): void {
    this.#tell = tell;
  }

  onChange(change: AppliedChange, measures: ApplyMeasures): void {
    this.#changes = [change, ...this.#changes].slice(0, mostChanges);
    this.metrics.changed(change, measures);
    this.#log(change, measures);
    this.#tell();
  }

  onFailure(error: unknown, retryMs: number | undefined): void {
    this.metrics.failed(error);
    const code = error instanceof AppError ? error.code : undefined;
    const fields = { error: withoutSecrets(messageOf(error)), code, retry_ms: retryMs };
    this.#logger.error(fields, 'applying failed');
    this.#tell();
  }

  onOutput(line: string): void {
    this.#logger.info({ line: withoutSecrets(line) }, 'haproxy');
  }

  #log({ how, reason, service, detail }: AppliedChange, { durationMs, kinds }: ApplyMeasures): void {
    const counts = Object.values(kinds);
    const changes = counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0);
    const fields = { how, reason, service, changes, duration_ms: Math.round(durationMs) };
    const text = withoutSecrets(detail);
    if (how === 'rejected') this.#logger.error({ ...fields, error: text }, logMessages.rejectedConfiguration);
    else if (how === 'rollback') this.#logger.error({ ...fields, error: text }, 'configuration put back');
    else this.#logger.info({ ...fields, detail: text }, 'configuration applied');
  }
}
