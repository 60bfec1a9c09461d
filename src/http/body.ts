import { isUtf8 } from 'node:buffer';

/** A body inside an event or its answer, which are JSON: text as it is, other bytes in base64. */
export interface EventBody {
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
  return bytesToEvent(bytes, isTextual(headers));
}

/** Puts bytes into an event, as text where they may be text and are. */
export function bytesToEvent(bytes: Buffer, mayBeText: boolean): EventBody {
  const text = bytes.length === 0 || (mayBeText && isUtf8(bytes));
  return { body: bytes.toString(text ? 'utf8' : 'base64'), isBase64Encoded: !text };
}

/** The bytes of a body in an event; absent ones are empty. */
export function bodyFromEvent(body: string | null | undefined, isBase64Encoded: boolean): Buffer {
  return Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8');
}

/**
 * An event as JSON, with its body as the last member. Large bodies are base64 mostly, in which nothing needs an escape,
 * so that it is put in as it is.
 * @param event an object with members, the one that tells base64 from text among them
 */
export function eventBytes(event: object, { body, isBase64Encoded }: EventBody): Buffer {
  const before = `${JSON.stringify(event).slice(0, -1)},"body":`;
  if (!isBase64Encoded) return Buffer.from(`${before}${JSON.stringify(body)}}`);
  return Buffer.concat([Buffer.from(`${before}"`), Buffer.from(body, 'latin1'), Buffer.from('"}')]);
}

/**
 * The bytes of base64 in the standard or the URL alphabet (RFC 4648 sections 4 and 5), with or without padding; line
 * breaks do not count. Undefined for other text.
 */
export function decodeBase64(text: string): Buffer | undefined {
  const digits = /[\r\n]/.test(text) ? text.replaceAll(/[\r\n]/g, '') : text;
  const padding = digits.endsWith('==') ? 2 : Number(digits.endsWith('='));
  const count = digits.length - padding;
  if (count % 4 === 1 || (padding > 0 && digits.length % 4 !== 0)) return undefined;
  // Buffer passes over what is no base64, so that its bytes are fewer then.
  const bytes = Buffer.from(digits, 'base64');
  return bytes.length === Math.floor((count * 3) / 4) ? bytes : undefined;
}

/**
 * Whether a body travels as text: `text/*`, JSON, JavaScript and XML, whatever their parameters, unless a content coding
 * such as gzip makes bytes of it (RFC 9110 section 8.4). Forms and bodies without a type are bytes, as AWS has it
 * (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html). Its list names no
 * `+json` and `+xml` relatives (RFC 6839), which are text here; functions see by `isBase64Encoded` which they got.
 */
function isTextual({ type, encoding }: ContentHeaders): boolean {
  if (encoding !== null && encoding.trim().toLowerCase() !== 'identity') return false;
  const [essence = ''] = (type ?? '').toLowerCase().split(';');
  return /^(text\/.+|application\/([^/]+\+)?(json|xml)|application\/javascript)$/.test(essence.trim());
}
