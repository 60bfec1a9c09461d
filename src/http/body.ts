import { isUtf8 } from 'node:buffer';

/** A body inside an event or its answer, which are JSON: text as it is, other bytes in base64. */
interface EventBody {
  body: string;
  isBase64Encoded: boolean;
}

/** The content headers that say whether a body is text. */
interface ContentHeaders {
  type: string | null;
  encoding: string | null;
}

/**
 * Puts bytes into an event. Text are the types that are written in characters and carry no content coding, as long as
 * the bytes are UTF-8: all else would be lost in JSON.
 */
export function bodyToEvent(bytes: Buffer, headers: ContentHeaders): EventBody {
  const text = bytes.length === 0 || (isTextual(headers) && isUtf8(bytes));
  return { body: bytes.toString(text ? 'utf8' : 'base64'), isBase64Encoded: !text };
}

/** The bytes of a body in an event; absent ones are empty. */
export function bodyFromEvent(body: string | null | undefined, isBase64Encoded: boolean): Buffer {
  return Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8');
}

/**
 * Whether a body travels as text: `text/*`, JSON, JavaScript and XML with their `+json` and `+xml` relatives (RFC 6839),
 * whatever their parameters, unless a content coding such as gzip makes bytes of it (RFC 9110 section 8.4).
 */
function isTextual({ type, encoding }: ContentHeaders): boolean {
  if (encoding !== null && encoding.trim().toLowerCase() !== 'identity') return false;
  const [essence = ''] = (type ?? '').toLowerCase().split(';');
  return /^(text\/.+|application\/([^/]+\+)?(json|xml)|application\/javascript)$/.test(essence.trim());
}
