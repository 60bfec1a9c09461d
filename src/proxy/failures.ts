import { messageOf } from '../core/errors.ts';

/**
 * Why a request was not answered as its function would have: the kind is a label of the log and of metrics; status and
 * message are all that a client sees.
 */
export const failures = {
  bad_request: { status: 400, message: 'Bad Request' },
  no_route: { status: 404, message: 'Not Found' },
  request_timeout: { status: 408, message: 'Request Timeout' },
  too_large: { status: 413, message: 'Payload Too Large' },
  headers_too_large: { status: 431, message: 'Request Header Fields Too Large' },
  client_closed: { status: 499, message: '' },
  throttled: { status: 429, message: 'Too Many Requests' },
  function_error: { status: 502, message: 'Internal Server Error' },
  bad_response: { status: 502, message: 'Internal Server Error' },
  function_timeout: { status: 504, message: 'Gateway Timeout' },
  function_exit: { status: 502, message: 'Bad Gateway' },
  connect: { status: 502, message: 'Bad Gateway' },
  circuit_open: { status: 503, message: 'Service Unavailable' },
  invoke_rejected: { status: 502, message: 'Bad Gateway' },
  queue_full: { status: 503, message: 'Service Unavailable' },
  queue_timeout: { status: 503, message: 'Service Unavailable' },
  timeout: { status: 504, message: 'Gateway Timeout' },
  stream_broken: { status: 502, message: 'Bad Gateway' },
  internal: { status: 500, message: 'Internal Server Error' },
} as const;

/** A row of the table. */
export type FailureKind = keyof typeof failures;

interface FailureOptions {
  readonly cause?: unknown;
  readonly retryAfterS?: number;
  readonly payload?: Buffer;
}

/** A request that fails in one of the ways of the table; the message is for the log. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly kind: FailureKind;
  /** Whole seconds after which the client may try again. */
  readonly retryAfterS: number | undefined;
  /** What a function said of its own failure, as JSON. */
  readonly payload: Buffer | undefined;

  constructor(kind: FailureKind, message: string, options: FailureOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.retryAfterS = options.retryAfterS;
    this.payload = options.payload;
  }
}

/** A failure of the table as it is; anything else is a defect of the proxy. */
export function asFailure(error: unknown): Failure {
  return error instanceof Failure ? error : new Failure('internal', messageOf(error), { cause: error });
}
