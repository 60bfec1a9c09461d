import type { Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { Random } from '../../core/random.ts';
import type { SourceState } from '../beliefs/api.ts';
import type { AgentConfig } from '../config.ts';
import type { RunningSource } from '../model/sighting.ts';
import { noticing } from '../noticing.ts';
import { startDockerPush } from './docker-push.ts';
import type { Omission } from './payload.ts';

interface PushingParts {
  readonly clock: Clock;
  readonly random: Random;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly logger: Logger;
}

const untold = {
  ok: false,
  hasAnswered: false,
  lastSuccess: undefined,
  failures: 0,
  error: undefined,
} as const;

/** The registry that is told of Docker's state, as the configuration says it; it may answer what HAProxy serves. */
export class Pushing {
  readonly #onAnswer: (configuration: string) => void;
  readonly #parts: PushingParts;
  readonly #noticeOmissions: (omissions: readonly Omission[]) => void;
  #running: RunningSource | undefined;
  #isSource = false;
  #reads = { succeeded: 0, failed: 0 };
  #state: Pick<SourceState, keyof typeof untold> = untold;

  /** @param onAnswer takes whole configurations, where the registry's answer is one */
  constructor(onAnswer: (configuration: string) => void, parts: PushingParts) {
    this.#onAnswer = onAnswer;
    this.#parts = parts;
    this.#noticeOmissions = noticing(JSON.stringify, {
      appeared: (omission) => parts.logger.warn({ ...omission }, 'the registry is not told'),
      gone: () => {},
    });
  }

  /**
   * Another configuration counts from now on. Where it cannot, the one before goes on.
   * @throws AppError CONFIG_INVALID
   */
  follow({ push, guard }: Pick<AgentConfig, 'push' | 'guard'>): void {
    const listener = {
      onPosted: (configuration: string, omissions: readonly Omission[]) => {
        this.#succeeded();
        this.#noticeOmissions(omissions);
        if (push?.apply === true) this.#onAnswer(configuration);
      },
      onFailure: (error: unknown) => this.#failed(error),
    };
    const running = push && startDockerPush(push, guard, listener, this.#parts);
    this.#running?.close();
    this.#running = running;
    this.#isSource = push?.apply === true;
    this.#state = untold;
  }

  /** How the registry does, where it is what tells of services. */
  states(): readonly SourceState[] {
    if (!this.#isSource) return [];
    return [{ name: 'registry', ...this.#state, reads: this.#reads, services: 0, servers: 0, held: [] }];
  }

  close(): void {
    this.#running?.close();
  }

  #succeeded(): void {
    if (this.#state.failures > 0) this.#parts.logger.info({}, 'the registry is told again');
    this.#reads = { ...this.#reads, succeeded: this.#reads.succeeded + 1 };
    const lastSuccess = this.#parts.now();
    this.#state = { ok: true, hasAnswered: true, lastSuccess, failures: 0, error: undefined };
  }

  #failed(error: unknown): void {
    this.#reads = { ...this.#reads, failed: this.#reads.failed + 1 };
    const failures = this.#state.failures + 1;
    this.#state = { ...this.#state, ok: false, failures, error: messageOf(error) };
    if (failures === 1) this.#parts.logger.warn({ error: messageOf(error) }, 'the registry cannot be told');
  }
}
