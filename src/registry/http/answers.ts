import { gzipSync } from 'node:zlib';
import { isAppError } from '../../core/errors.ts';
import type { HttpAnswer, HttpRequest } from './messages.ts';
import { type Form, acceptsGzip, formFor, matchesTag, mediaTypes } from './negotiation.ts';
import type { Presentation } from '../config-file/table-config.ts';
import { refusedIn } from '../payload.ts';
import { Refusal } from './http-error.ts';

/** Clients stop reading headers at 8 to 16 KB; the JSON form has the whole lists. */
const longestHeader = 4_000;

/** A configuration in the form that the caller asked for, or 304 when the caller has it already. */
export function configurationAnswer(
  request: HttpRequest,
  standard: Form,
  presentation: Presentation,
): HttpAnswer {
  const { revision, unknown, conflicts, rejected = [] } = presentation;
  const tag = `W/"${revision}"`;
  const headers = {
    etag: tag,
    vary: 'Accept, Accept-Encoding',
    ...listHeader(
      'x-unknown-services',
      unknown.map(({ serviceName }) => serviceName),
    ),
    ...listHeader(
      'x-route-conflicts',
      conflicts.map(({ serviceName }) => serviceName),
    ),
    ...listHeader(
      'x-rejected',
      rejected.map(({ part }) => part),
    ),
  };
  if (matchesTag(request.headers.get('if-none-match'), tag)) return { status: 304, headers, body: '' };
  const form = formFor(request.headers.get('accept'), standard);
  const type = { 'content-type': `${mediaTypes[form]}; charset=utf-8` };
  return compressed(request, {
    status: 200,
    headers: { ...headers, ...type },
    body: bodyOf(form, presentation),
  });
}

export function jsonAnswer(status: number, value: unknown): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}

/** `application/problem+json` (RFC 9457) for whatever was thrown; what is not the caller's fault says no more than that. */
export function problemAnswer(error: unknown): HttpAnswer {
  const refusal = error instanceof Refusal ? error : refusalFor(error);
  const { status, title, errors } = refusal;
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...refusal.headers },
    body: JSON.stringify({ type: 'about:blank', title, status, errors }),
  };
}

/** What a caller is told of a failure inside. */
export function refusalFor(error: unknown): Refusal {
  if (isAppError(error) && error.retryable) {
    return new Refusal(503, 'The table is busy or away; try again', [], { 'retry-after': '1' });
  }
  return new Refusal(500, 'The registry failed; its log says why');
}

function bodyOf(form: Form, presentation: Presentation): string {
  const { config, services, revision, unknown, conflicts } = presentation;
  if (form === 'text') return config;
  const rejected = presentation.rejected?.map(refusedIn);
  return JSON.stringify(
    form === 'legacy' ? config : { config, services, revision, unknown, conflicts, rejected },
  );
}

function compressed(request: HttpRequest, answer: HttpAnswer): HttpAnswer {
  if (!request.mayCompress || !acceptsGzip(request.headers.get('accept-encoding'))) return answer;
  return {
    ...answer,
    headers: { ...answer.headers, 'content-encoding': 'gzip' },
    body: gzipSync(answer.body),
  };
}

/** Names, each once, in a header that is absent without any and ends in `...` when it is cut. */
function listHeader(name: string, entries: readonly string[]): Record<string, string> {
  if (entries.length === 0) return {};
  const names = [...new Set(entries)].join(',');
  const end = ',...';
  const cut = names.slice(0, longestHeader - end.length).replace(/,[^,]*$/, '') + end;
  return { [name]: names.length <= longestHeader ? names : cut };
}
