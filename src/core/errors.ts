/**
 * The errors of every program. Match on `code`, which is stable, never on the class or the message.
 * `retryable` says whether the same call may succeed later without anybody changing anything.
 */
export const errorCodes = {
  CONFIG_INVALID: { retryable: false, exitCode: 78 },
  TAG_INVALID: { retryable: false, exitCode: 65 },
  EVENT_UNSUPPORTED: { retryable: false, exitCode: 65 },
  PAYLOAD_INVALID: { retryable: false, exitCode: 65 },
  USAGE: { retryable: false, exitCode: 64 },
  UPSTREAM_UNAVAILABLE: { retryable: true, exitCode: 69 },
  UPSTREAM_THROTTLED: { retryable: true, exitCode: 75 },
  UPSTREAM_TIMEOUT: { retryable: true, exitCode: 75 },
  UPSTREAM_REJECTED: { retryable: false, exitCode: 69 },
  UPSTREAM_AUTH: { retryable: false, exitCode: 77 },
  UPSTREAM_TLS: { retryable: false, exitCode: 69 },
  NOT_FOUND: { retryable: false, exitCode: 69 },
  DEADLINE_EXCEEDED: { retryable: true, exitCode: 75 },
  REVISION_CONFLICT: { retryable: true, exitCode: 75 },
  WORK_LEFT: { retryable: true, exitCode: 75 },
  CHECK_FAILED: { retryable: false, exitCode: 70 },
  RELOAD_FAILED: { retryable: true, exitCode: 70 },
} as const;

export type ErrorCode = keyof typeof errorCodes;

interface AppErrorOptions {
  cause?: unknown;
  /** Facts for the log, never secrets. */
  details?: Readonly<Record<string, unknown>>;
}

/** What happened, to which thing, and what to do, under a stable `code`. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }

  get retryable(): boolean {
    return errorCodes[this.code].retryable;
  }
}

/** Whether `error` is an {@link AppError}, of one of `codes` when any are given. */
export function isAppError(error: unknown, ...codes: ErrorCode[]): error is AppError {
  return error instanceof AppError && (codes.length === 0 || codes.includes(error.code));
}

/** The message of anything that can be thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
