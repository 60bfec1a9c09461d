import type { ServerResponse } from 'node:http';
import type { AnswerHead } from '../../http/answers.ts';
import type { Format, HttpAnswer } from '../../http/message.ts';
import { PreludeReader, type PreludeStep, preludeType } from '../../http/prelude.ts';
import { asFailure, Failure } from '../failures.ts';
import type { InvokedStream } from '../targets/target.ts';
import type { Exchange } from './exchange.ts';
import { headLines, isBodiless, limitSlowReader } from './send.ts';

/** An answer whose head is known and whose body is still coming. */
export interface StreamedAnswer {
  readonly head: AnswerHead;
  /** The first bytes of the body. */
  readonly first: Buffer;
  /** The others; they fail with what breaks the stream. */
  readonly rest: AsyncIterator<Buffer, undefined>;
  /** Gives the others up. */
  readonly stop: () => void;
}

/**
 * Reads a streamed payload up to the end of its head. From then on the exchange's end is the stream's.
 * @returns a whole answer where the function failed before, and its format answers that
 * @throws Failure bad_response; the exchange's reason; whatever breaks the stream
 */
export async function openStream(
  exchange: Exchange,
  format: Format,
  { contentType, payload }: InvokedStream,
): Promise<StreamedAnswer | HttpAnswer> {
  const rest = payload.iterator() as AsyncIterator<Buffer, undefined>;
  const stop = (): void => void payload.destroy(exchange.reason);
  exchange.onCancel(stop);
  const reader = format.readsPreludes ? new PreludeReader(isPrelude(contentType)) : asItComes;
  try {
    for (;;) {
      const { done, value } = await rest.next();
      const step = done === true ? reader.end() : reader.push(value);
      if (step.kind !== 'more') return { ...opened(step, contentType), rest, stop };
    }
  } catch (error) {
    stop();
    const failure = exchange.reason ?? asFailure(error);
    return errorAnswer(exchange, format, failure);
  }
}

function isPrelude(contentType: string | undefined): boolean {
  return contentType?.startsWith(preludeType) ?? false;
}

/** Of payloads that have no prelude whatever they look like. */
const asItComes: Pick<PreludeReader, 'push' | 'end'> = {
  push: (rest) => ({ kind: 'none', rest }),
  end: () => ({ kind: 'none', rest: Buffer.alloc(0) }),
};

function errorAnswer(exchange: Exchange, format: Format, failure: Failure): HttpAnswer {
  if (failure.payload === undefined || !format.passesFunctionErrors) throw failure;
  const answer = format.decode({
    status: 200,
    headers: [['content-type', 'application/json']],
    functionError: 'Unhandled',
    payload: failure.payload,
  });
  if (!answer.ok) throw failure;
  exchange.failure = failure;
  return answer.value;
}

function opened(
  step: Exclude<PreludeStep, { kind: 'more' }>,
  contentType: string | undefined,
): Pick<StreamedAnswer, 'head' | 'first'> {
  if (step.kind === 'malformed') throw new Failure('bad_response', `the streamed answer ${step.problem}`);
  if (step.kind === 'head') return { head: step.head, first: step.rest };
  const headers: AnswerHead['headers'] = [['content-type', contentType ?? 'application/octet-stream']];
  return { head: { status: 200, headers }, first: step.rest };
}

/**
 * Sends an answer while it comes, no faster than the client reads.
 * @throws Failure stream_broken when the rest does not come; the exchange's reason
 */
export async function sendStream(exchange: Exchange, answer: StreamedAnswer, slowMs: number): Promise<void> {
  const { outgoing } = exchange;
  const { head, first, rest, stop } = answer;
  outgoing.writeHead(head.status, headLines(exchange, head.headers));
  if (isBodiless(exchange, head.status)) {
    outgoing.end();
    stop();
    return;
  }
  try {
    for (let chunk: Buffer | undefined = first; chunk !== undefined;) {
      exchange.bytesOut += chunk.length;
      if (!outgoing.write(chunk)) await readerOf(outgoing, slowMs);
      chunk = (await rest.next()).value;
    }
    outgoing.end();
  } catch (cause) {
    stop();
    throw exchange.reason ?? new Failure('stream_broken', asFailure(cause).message, { cause });
  }
}

/** Waits until the client has read on, or has left, which a client that does not read for long has. */
async function readerOf(outgoing: ServerResponse, slowMs: number): Promise<void> {
  limitSlowReader(outgoing, slowMs);
  await new Promise<void>((resolve) => {
    const go = (): void => {
      outgoing.off('drain', go);
      outgoing.off('close', go);
      resolve();
    };
    outgoing.once('drain', go);
    outgoing.once('close', go);
  });
  outgoing.setTimeout(0);
}
