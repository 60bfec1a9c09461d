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
  const text = travelsAsText(bytes, isTextual(headers));
  return { body: bytes.toString(text ? 'utf8' : 'base64'), isBase64Encoded: !text };
}

/** Whether bytes are text in an event, where their type is one of text. */
export function travelsAsText(bytes: Buffer, isTextual: boolean): boolean {
  return bytes.length === 0 || (isTextual && isUtf8(bytes));
}

/** The bytes of a body in an event; absent ones are empty. */
export function bodyFromEvent(body: string | null | undefined, isBase64Encoded: boolean): Buffer {
  return Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8');
}

/**
 * An event with its body as the last member. Base64 goes into it piece by piece, since large bodies would be held several
 * times otherwise.
 * @param event JSON of an object with members, the one that tells base64 from text among them
 */
export function eventBytes(event: string, body: Buffer, isText: boolean): Buffer {
  const before = `${event.slice(0, -1)},"body":`;
  if (isText) return Buffer.from(`${before}${JSON.stringify(body.toString())}}`);
  const head = Buffer.from(`${before}"`);
  const whole = Buffer.allocUnsafe(head.length + 4 * Math.ceil(body.length / 3) + 2);
  let end = head.copy(whole);
  for (let at = 0; at < body.length; at += pieceBytes) {
    end += whole.write(body.toString('base64', at, at + pieceBytes), end, 'latin1');
  }
  whole.write('"}', end);
  return whole;
}

/** A multiple of three, so that only the last piece has padding. */
const pieceBytes = 48 * 1024;

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
export function isTextual({ type, encoding }: ContentHeaders): boolean {
  if (encoding !== null && encoding.trim().toLowerCase() !== 'identity') return false;
  const [essence = ''] = (type ?? '').toLowerCase().split(';');
  return /^(text\/.+|application\/([^/]+\+)?(json|xml)|application\/javascript)$/.test(essence.trim());
}
