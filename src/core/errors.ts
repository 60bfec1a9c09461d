/**
 * The errors of every program, in one table. Match on `code`, which is stable, never on the class or the message.
 * `status` answers HTTP callers, `exitCode` (sysexits(3)) ends a command, and `retryable` says whether the same call may
 * succeed later without anybody changing anything.
 */
export const errorCodes = {
  CONFIG_INVALID: { status: 500, exitCode: 78, retryable: false },
  TAG_INVALID: { status: 500, exitCode: 65, retryable: false },
  EVENT_UNSUPPORTED: { status: 400, exitCode: 65, retryable: false },
  PAYLOAD_INVALID: { status: 400, exitCode: 65, retryable: false },
  USAGE: { status: 400, exitCode: 64, retryable: false },
  TABLE_FORBIDDEN: { status: 403, exitCode: 77, retryable: false },
  RESOURCE_UNKNOWN: { status: 404, exitCode: 69, retryable: false },
  METHOD_NOT_ALLOWED: { status: 405, exitCode: 64, retryable: false },
  ROUTE_CONFLICT: { status: 409, exitCode: 65, retryable: false },
  TOO_LARGE: { status: 413, exitCode: 65, retryable: false },
  FILE_UNREADABLE: { status: 500, exitCode: 66, retryable: false },
  FOLDER_UNUSABLE: { status: 500, exitCode: 73, retryable: false },
  LISTEN_FAILED: { status: 500, exitCode: 1, retryable: false },
  INTERNAL: { status: 500, exitCode: 70, retryable: false },
  ENTRY_IN_USE: { status: 500, exitCode: 76, retryable: false },
  UPSTREAM_UNAVAILABLE: { status: 503, exitCode: 69, retryable: true },
  UPSTREAM_THROTTLED: { status: 503, exitCode: 75, retryable: true },
  UPSTREAM_TIMEOUT: { status: 503, exitCode: 75, retryable: true },
  UPSTREAM_REJECTED: { status: 500, exitCode: 69, retryable: false },
  UPSTREAM_AUTH: { status: 500, exitCode: 77, retryable: false },
  UPSTREAM_TLS: { status: 500, exitCode: 69, retryable: false },
  NOT_FOUND: { status: 500, exitCode: 69, retryable: false },
  DEADLINE_EXCEEDED: { status: 503, exitCode: 75, retryable: true },
  REVISION_CONFLICT: { status: 503, exitCode: 75, retryable: true },
  WORK_LEFT: { status: 503, exitCode: 75, retryable: true },
  CHECK_FAILED: { status: 500, exitCode: 70, retryable: false },
  RELOAD_FAILED: { status: 500, exitCode: 70, retryable: true },
} as const;

/** A row of the table. */
export type ErrorCode = keyof typeof errorCodes;

/** One field of an input that is at fault, such as `candidates[0].port`, and why. */
export interface FieldFault {
  field: string;
  message: string;
}

interface AppErrorOptions {
  cause?: unknown;
  /** Every field of the input that is at fault. */
  faults?: readonly FieldFault[];
  /** How long the other side asks to wait before the next try, in milliseconds. */
  retryAfterMs?: number | undefined;
  /** The call may have had its effect, so that it must not be repeated, whatever the code says. */
  final?: boolean;
  /** Facts for the log, never secrets. */
  details?: Readonly<Record<string, unknown>>;
}

/** What happened, to which thing, and what to do, under a stable `code`. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly faults: readonly FieldFault[];
  readonly retryAfterMs: number | undefined;
  readonly details: Readonly<Record<string, unknown>>;
  readonly #final: boolean;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.faults = options.faults ?? [];
    this.retryAfterMs = options.retryAfterMs;
    this.details = options.details ?? {};
    this.#final = options.final ?? false;
  }

  get retryable(): boolean {
    return errorCodes[this.code].retryable && !this.#final;
  }

  /** The HTTP status that a caller is answered with. */
  get status(): number {
    return errorCodes[this.code].status;
  }
}

/** Whether `error` is an {@link AppError}, of one of `codes` when any are given. */
export function isAppError(error: unknown, ...codes: ErrorCode[]): error is AppError {
  return error instanceof AppError && (codes.length === 0 || codes.includes(error.code));
}

/** The code of sysexits(3) that anything thrown ends a program with. */
export function exitCodeOf(error: unknown): number {
  return errorCodes[isAppError(error) ? error.code : 'INTERNAL'].exitCode;
}

/** The message of anything that can be thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What the system calls the failure of a call to it, such as `ENOENT`; undefined where the error is none of these. */
export function systemCodeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
