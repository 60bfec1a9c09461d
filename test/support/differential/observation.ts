import { createHash } from 'node:crypto';
import type { Echo } from './answers.ts';
import type { PlainAnswer } from '../http/connection.ts';

/** What is compared of an answer. */
export interface Observation {
  readonly status: number;
  /** `name: value`, in the order of the alphabet. */
  readonly headers: readonly string[];
  /** The bytes in hexadecimal digits, or the digest of many; empty when the application echoed its request. */
  readonly body: string;
  readonly echo: SeenEcho | undefined;
}

/** What an application saw, with its URL in parts. */
export interface SeenEcho extends Omit<Echo, 'url'> {
  readonly path: string;
  /** What follows the question mark, as it came. */
  readonly rawQuery: string | undefined;
  /** The values of each name, decoded. */
  readonly parameters: Readonly<Record<string, readonly string[]>>;
}

/** Set by whoever frames or forwards an answer, and so no part of it. */
const framing =
  /^(date|connection|keep-alive|transfer-encoding|content-length|x-amzn-trace-id|x-amzn-requestid)$/;

/** What front ends and adapters add to a request by contract. */
const added =
  /^(x-forwarded-(for|proto|port)|x-amzn-trace-id|x-request-id|content-length|transfer-encoding|connection)$/;

/** Compared by themselves. */
const beside = /^(host|cookie)$/;

/** What counts of an answer. */
export function observe({ status, headers, body }: PlainAnswer): Observation {
  const echo = echoIn(body);
  // The length of an echo is part of its tag.
  const own = headers.filter(([name]) => !framing.test(name) && !(echo && name === 'etag'));
  return {
    status,
    headers: own.map(([name, value]) => `${name}: ${value}`).toSorted(),
    body: echo ? '' : shownBytes(body),
    echo,
  };
}

function shownBytes(body: Buffer): string {
  if (body.length < 1000) return body.toString('hex');
  return `${body.length} bytes, ${createHash('sha256').update(body).digest('hex')}`;
}

function echoIn(bytes: Buffer): SeenEcho | undefined {
  if (!bytes.subarray(0, 10).equals(Buffer.from('{"method":'))) return undefined;
  const { url, headers, body, ...echo } = JSON.parse(bytes.toString()) as Echo;
  const given = Object.entries(headers)
    .filter(([name]) => !added.test(name) && !beside.test(name))
    .toSorted(([left], [right]) => (left < right ? -1 : 1));
  const [path = '', ...rest] = url.split('?');
  const rawQuery = rest.length === 0 ? undefined : rest.join('?');
  const parameters = parametersIn(rawQuery ?? '');
  return {
    ...echo,
    path,
    rawQuery,
    parameters,
    headers: Object.fromEntries(given),
    body: shownBytes(Buffer.from(body, 'hex')),
  };
}

function parametersIn(query: string): Record<string, string[]> {
  // A question mark at the start of the query would be taken off.
  const pairs = new URLSearchParams(`?${query}`);
  return Object.fromEntries([...new Set(pairs.keys())].map((name) => [name, pairs.getAll(name)]));
}
