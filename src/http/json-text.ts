import { type Checked, accepted } from '../core/checked.ts';

const [quote, backslash] = Buffer.from('"\\');
/** Blanks have this code; what is below it is a blank, too, or no part of a JSON text. */
const blank = 0x20;

/** Follows a JSON text byte by byte and knows where its strings are. */
export class JsonStrings {
  #inside = false;
  #escaped = false;

  /** Whether the next byte belongs to a string, its quotes included. */
  take(byte: number): boolean {
    if (this.#escaped) {
      this.#escaped = false;
      return true;
    }
    if (byte === quote) {
      this.#inside = !this.#inside;
      return true;
    }
    this.#escaped = this.#inside && byte === backslash;
    return this.#inside;
  }
}

/** Texts without quotes, backslashes and control characters, in ASCII: most are. */
const plain = /^[ !#-[\]-~]*$/;

/** A text as JSON; faster than JSON.stringify for what needs no escape. */
export function jsonString(text: string): string {
  return plain.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** The value of a JSON text, or that it is none. */
export function parseJson(bytes: Buffer): Checked<unknown> {
  try {
    return accepted(JSON.parse(bytes.toString()) as unknown);
  } catch {
    return { ok: false, problem: `must be JSON, which its ${bytes.length} bytes are not` };
  }
}

/**
 * A JSON text without the blanks between its parts; the same bytes where there are none, as in most answers. All else
 * stays: a number may have more digits than JavaScript has.
 */
export function compactJson(json: Buffer): Buffer {
  let length = firstBlank(json);
  if (length === json.length) return json;
  const compact = Buffer.allocUnsafe(json.length);
  json.copy(compact, 0, 0, length);
  const strings = new JsonStrings();
  for (let at = length; at < json.length; at += 1) {
    const byte = json[at] ?? 0;
    if (!strings.take(byte) && byte <= blank) continue;
    compact[length] = byte;
    length += 1;
  }
  return compact.subarray(0, length);
}

/** Where the first blank outside strings is; the text's length when there is none. */
function firstBlank(json: Buffer): number {
  let at = 0;
  while (at < json.length) {
    const byte = json[at] ?? 0;
    if (byte === quote) at = stringEnd(json, at + 1);
    else if (byte <= blank) return at;
    else at += 1;
  }
  return json.length;
}

/** Where a string ends whose first byte after the quote is at `at`. */
function stringEnd(json: Buffer, at: number): number {
  let next = at;
  while (next < json.length) {
    const byte = json[next];
    if (byte === quote) return next + 1;
    next += byte === backslash ? 2 : 1;
  }
  return json.length;
}
