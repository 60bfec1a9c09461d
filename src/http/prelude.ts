import { type Checked, accepted } from '../core/checked.ts';
import { isPlainObject } from '../core/objects.ts';
import { type AnswerHead, headOf } from './answers.ts';
import { JsonStrings, parseJson } from './json-text.ts';
import type { HttpAnswer } from './message.ts';

/**
 * The content type of payloads that begin with a prelude: status and headers as a JSON object, eight NUL bytes, and then
 * the body as it is (https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html,
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html).
 */
export const preludeType = 'application/vnd.awslambda.http-integration-response';

/** What is known of a payload so far. */
export type PreludeStep =
  | { readonly kind: 'more' }
  | { readonly kind: 'head'; readonly head: AnswerHead; readonly rest: Buffer }
  | { readonly kind: 'none'; readonly rest: Buffer }
  | { readonly kind: 'malformed'; readonly problem: string };

const longestPrelude = 1_048_576;
const separatorLength = 8;
const [openBrace, closeBrace] = Buffer.from('{}');

/**
 * The answer in a payload that is a prelude and a body; undefined for one that is not, as JSON never is: it has no NUL.
 */
export function preludeIn(payload: Buffer): Checked<HttpAnswer> | undefined {
  if (payload[0] !== openBrace || !payload.includes(0)) return undefined;
  const step = new PreludeReader(false).push(payload);
  if (step.kind === 'malformed') return { ok: false, problem: step.problem };
  return step.kind === 'head' ? accepted({ ...step.head, body: step.rest }) : undefined;
}

/**
 * Finds the prelude at the beginning of a payload that comes in chunks, wherever they are split. It is fed until it
 * answers something else than `more`.
 */
export class PreludeReader {
  readonly #required: boolean;
  readonly #strings = new JsonStrings();
  readonly #chunks: Buffer[] = [];
  #length = 0;
  #depth = 0;
  #nuls = 0;

  /** @param required whether the content type says that there is a prelude; otherwise its shape tells */
  constructor(required: boolean) {
    this.#required = required;
  }

  /** Takes the next chunk. */
  push(chunk: Buffer): PreludeStep {
    this.#chunks.push(chunk);
    for (const byte of chunk) {
      if (this.#length === longestPrelude || !this.#fits(byte)) return this.#without();
      this.#length += 1;
      if (this.#nuls === separatorLength) return this.#headAndRest();
    }
    return { kind: 'more' };
  }

  /** The payload ends here. */
  end(): PreludeStep {
    return this.#without();
  }

  /** Whether a prelude may go on with a byte: an object from its first brace to the one that closes it, then NULs. */
  #fits(byte: number): boolean {
    if (this.#length === 0 && byte !== openBrace) return false;
    if (this.#length > 0 && this.#depth === 0) {
      this.#nuls += 1;
      return byte === 0;
    }
    if (this.#strings.take(byte)) return true;
    if (byte === openBrace) this.#depth += 1;
    if (byte === closeBrace) this.#depth -= 1;
    return true;
  }

  #headAndRest(): PreludeStep {
    const payload = Buffer.concat(this.#chunks);
    const told = parseJson(payload.subarray(0, this.#length - separatorLength));
    if (!told.ok || !isPlainObject(told.value)) return this.#without();
    const { statusCode = 200, headers, multiValueHeaders, cookies } = told.value;
    const head = headOf({ statusCode, headers, multiValueHeaders, cookies }, 'application/octet-stream');
    if (!head.ok) return { kind: 'malformed', problem: head.problem };
    return { kind: 'head', head: head.value, rest: payload.subarray(this.#length) };
  }

  #without(): PreludeStep {
    if (this.#required)
      return { kind: 'malformed', problem: 'must begin with a JSON object and eight NUL bytes' };
    return { kind: 'none', rest: Buffer.concat(this.#chunks) };
  }
}
