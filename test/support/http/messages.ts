import type { FormatChoice, FormatName } from '../../../src/http/format-choice.ts';
import { formatOf } from '../../../src/http/formats.ts';
import type { Format, HttpAnswer, HttpRequest, Invoked } from '../../../src/http/message.ts';
import type { Checked } from '../../../src/core/checked.ts';

/** A format by its name, as routes have it when they say nothing else. */
export function formatNamed(name: FormatName, settings: Partial<FormatChoice> = {}): Format {
  return formatOf({ name, multiValueHeaders: false, decodePath: false, ...settings });
}

/** Every format in every setting, by a name for tests. */
export const allFormats: readonly (readonly [string, Format])[] = [
  ['apigw-v2', formatNamed('apigw-v2')],
  ['apigw-v2 with decoded paths', formatNamed('apigw-v2', { decodePath: true })],
  ['function-url', formatNamed('function-url')],
  ['apigw-v1', formatNamed('apigw-v1')],
  ['alb', formatNamed('alb')],
  ['alb with lists', formatNamed('alb', { multiValueHeaders: true })],
  ['envoy', formatNamed('envoy')],
  ['raw', formatNamed('raw')],
];

/** `GET /` of `api.example.com` in HTTP/1.1, but for what a test says. */
export function requestOf(parts: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: 'GET',
    path: '/',
    query: undefined,
    protocol: 'HTTP/1.1',
    host: 'api.example.com',
    headers: [],
    sourceIp: '192.0.2.7',
    requestId: '0a1b2c3d',
    time: Date.UTC(2026, 10, 20, 9, 14, 3, 250),
    body: Buffer.alloc(0),
    ...parts,
  };
}

/** What Invoke answers with a payload: bytes or text as they are, all else as JSON. */
export function invokedOf(payload: unknown, parts: Partial<Invoked> = {}): Invoked {
  return {
    status: 200,
    headers: [['content-type', 'application/json']],
    functionError: undefined,
    payload: Buffer.isBuffer(payload) ? payload : Buffer.from(JSON.stringify(payload)),
    ...parts,
  };
}

/** The event that a format makes of a request. */
export function eventOf(format: Format, request: Partial<HttpRequest>): unknown {
  return JSON.parse(format.encode(requestOf(request)).toString());
}

/** The answer that was accepted, with its body as text. */
export function accepted(checked: Checked<HttpAnswer>): Omit<HttpAnswer, 'body'> & { body: string } {
  if (!checked.ok) throw new Error(checked.problem);
  return { ...checked.value, body: checked.value.body.toString() };
}

/** A streamed answer as one payload. */
export function streamed(head: unknown, body: string | Buffer = ''): Buffer {
  return Buffer.concat([Buffer.from(JSON.stringify(head)), Buffer.alloc(8), Buffer.from(body)]);
}
