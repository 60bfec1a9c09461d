import { gzipSync } from 'node:zlib';
import { AppError, isAppError } from '../../core/errors.ts';
import { type Form, acceptsGzip, formFor, matchesTag, mediaTypes } from './negotiation.ts';
import type { Presentation } from '../config-file/table-config.ts';
import { type PartFault, fieldFault } from '../payload.ts';

/** An answer before it is sent, so that it can be measured. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  /** Empty for none. */
  body: string | Buffer;
}

/** The answer as it is handed to whoever sends it. */
export function responseOf({ status, headers, body }: Answer): Response {
  return new Response(body.length === 0 ? null : body, { status, headers });
}

/** Clients stop reading headers at 8 to 16 KB; the JSON form has the whole lists. */
const longestHeader = 4_000;

/**
 * A configuration in the form that the caller asked for, or 304 when the caller has it already.
 * @param wishes the headers of the request
 * @param standard the form for callers without a preference
 */
export function configurationAnswer(wishes: Headers, standard: Form, presentation: Presentation): Answer {
  const { revision, unknown, conflicts, rejected = [] } = presentation;
  const tag = `W/"${revision}"`;
  const headers = {
    etag: tag,
    vary: 'Accept, Accept-Encoding',
    ...listHeader('x-unknown-services', unknown.map(nameOf)),
    ...listHeader('x-route-conflicts', conflicts.map(nameOf)),
    ...listHeader('x-rejected', rejected.map(partOf)),
  };
  if (matchesTag(wishes.get('if-none-match'), tag)) return { status: 304, headers, body: '' };
  const form = formFor(wishes.get('accept'), standard);
  const type = { 'content-type': `${mediaTypes[form]}; charset=utf-8` };
  return compressed(wishes, {
    status: 200,
    headers: { ...headers, ...type },
    body: bodyOf(form, presentation),
  });
}

/** A value as `application/json`. */
export function jsonAnswer(status: number, value: unknown): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}

/** `application/problem+json` (RFC 9457) for whatever was thrown, with the faults of the caller and nothing of the inside. */
export function problemAnswer(error: unknown): Answer {
  const { status, message, faults, retryable } = callersError(error);
  const title = message.split('\n', 1)[0]?.replace(/\.$/, '');
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...(retryable ? { 'retry-after': '1' } : {}) },
    body: JSON.stringify({ type: 'about:blank', title, status, errors: faults }),
  };
}

/** What a caller is told of an error: its own faults as they are, and of the inside only whether to try again. */
export function callersError(error: unknown): AppError {
  if (isAppError(error) && error.status < 500) return error;
  return isAppError(error) && error.retryable
    ? new AppError('UPSTREAM_UNAVAILABLE', 'The table is busy or away; try again.', { cause: error })
    : new AppError('INTERNAL', 'The registry failed; its log says why.', { cause: error });
}

function bodyOf(form: Form, presentation: Presentation): string {
  const { config, services, revision, unknown, conflicts } = presentation;
  if (form === 'text') return config;
  const rejected = presentation.rejected?.map(fieldFault);
  return JSON.stringify(
    form === 'legacy' ? config : { config, services, revision, unknown, conflicts, rejected },
  );
}

function compressed(wishes: Headers, answer: Answer): Answer {
  if (!acceptsGzip(wishes.get('accept-encoding'))) return answer;
  return {
    ...answer,
    headers: { ...answer.headers, 'content-encoding': 'gzip' },
    body: gzipSync(answer.body),
  };
}

function nameOf({ serviceName }: { serviceName: string }): string {
  return serviceName;
}

function partOf({ part }: PartFault): string {
  return part;
}

/** Names, each once, in a header that is absent without any and ends in `...` when it is cut. */
function listHeader(name: string, entries: readonly string[]): Record<string, string> {
  if (entries.length === 0) return {};
  const names = [...new Set(entries)].join(',');
  const end = ',...';
  const cut = names.slice(0, longestHeader - end.length).replace(/,[^,]*$/, '') + end;
  return { [name]: names.length <= longestHeader ? names : cut };
}
