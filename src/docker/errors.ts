import { AppError, messageOf } from '../core/errors.ts';
import { sentence } from '../core/wording.ts';

/** Which call of which daemon an error is about. */
export interface CallSite {
  /** e.g. `/var/run/docker.sock` or `http://10.0.0.1:2375` */
  readonly daemon: string;
  /** e.g. `GET /containers/json` */
  readonly call: string;
}

const longestQuote = 300;

/** What an answer with a status other than 200 means; the details hold `status`. */
export function answerError({ daemon, call }: CallSite, status: number, text: string): AppError {
  const said = wordsIn(text).replaceAll(/\s+/g, ' ').slice(0, longestQuote) || 'no text';
  const answered = sentence(`Docker at ${daemon} answered ${call} with ${status}: ${said}`);
  const details = { daemon, call, status };
  if (status === 401 || status === 403) {
    const advice = 'Let what stands before Docker allow GET on /_ping, /containers and /events.';
    return new AppError('UPSTREAM_AUTH', `${answered} ${advice}`, { details });
  }
  if (status === 429) return new AppError('UPSTREAM_THROTTLED', answered, { details });
  if (status >= 500) return new AppError('UPSTREAM_UNAVAILABLE', answered, { details });
  const advice = said.includes('HTTPS server')
    ? 'The port speaks TLS: let something that ends TLS stand before it, or use the socket.'
    : 'Check that it is the address of Docker or Podman.';
  return new AppError('UPSTREAM_REJECTED', `${answered} ${advice}`, { details });
}

/** Docker's errors are `{"message": …}`, Podman's have `cause` besides; proxies answer with text of their own. */
function wordsIn(text: string): string {
  const message = /"message"\s*:\s*("(?:[^"\\]|\\.)*")/.exec(text)?.[1];
  try {
    return message === undefined ? text : (JSON.parse(message) as string);
  } catch {
    return text;
  }
}

/** What a call that brought no answer, or only a part of one, means. */
export function connectionError({ daemon, call }: CallSite, cause: unknown): AppError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const failed = sentence(`${call} on Docker at ${daemon} failed: ${messageOf(cause) || code}`);
  const details = { daemon, call, reason: code };
  if (code === 'EACCES' || code === 'EPERM') {
    const advice = 'Let the agent open the socket, as by the group that owns it.';
    return new AppError('UPSTREAM_AUTH', `${failed} ${advice}`, { cause, details });
  }
  const advice = 'Check its address, and that Docker runs there.';
  return new AppError('UPSTREAM_UNAVAILABLE', `${failed} ${advice}`, { cause, details });
}

/**
 * An answer whose status was right but whose content was not.
 * @param problem completes "answered with"
 */
export function contentError({ daemon, call }: CallSite, problem: string): AppError {
  const advice = 'Check that it is the address of Docker or Podman.';
  const message = sentence(`Docker at ${daemon} answered ${call} with ${problem}`);
  return new AppError('UPSTREAM_REJECTED', `${message} ${advice}`, { details: { daemon, call } });
}
