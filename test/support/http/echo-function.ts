import { bodyFromEvent } from '../../../src/http/body.ts';
import { type Pairs, pairsIn } from '../../../src/http/pairs.ts';

/** What a function can learn from an event, whatever its format. */
interface AnyEvent {
  rawPath?: string;
  path?: string;
  raw_path?: string;
  rawQueryString?: string;
  headers?: Record<string, string>;
  multiValueHeaders?: Record<string, string[]>;
  body?: string | null;
  isBase64Encoded?: boolean;
  is_base64_encoded?: boolean;
}

/** Where a request went, its headers, and its bytes, as a function reads them in an event of any format. */
export function seenIn(event: Buffer): { target: string; headers: Pairs; body: Buffer } {
  const seen = JSON.parse(event.toString()) as AnyEvent;
  const query = seen.rawQueryString ? `?${seen.rawQueryString}` : '';
  return {
    target: seen.raw_path ?? (seen.rawPath ?? seen.path ?? '') + query,
    headers: pairsIn(seen.multiValueHeaders ?? seen.headers),
    body: bodyFromEvent(seen.body, seen.isBase64Encoded ?? seen.is_base64_encoded ?? false),
  };
}

/** A function that answers with the headers and the bytes that it was sent; its answer is one of every format. */
export function echo(event: Buffer): Buffer {
  const { headers, body } = seenIn(event);
  return Buffer.from(
    JSON.stringify({
      statusCode: 200,
      headers: Object.fromEntries(headers),
      body: body.toString('base64'),
      isBase64Encoded: true,
    }),
  );
}
