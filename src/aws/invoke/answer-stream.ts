import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import * as z from 'zod';
import { AppError } from '../../core/errors.ts';
import { quoted, sentence } from '../../core/wording.ts';
import { type AwsRequest, describe } from '../errors.ts';
import { createStreamDecoder, type StreamMessage } from './event-stream.ts';
import { jsonIn } from './json.ts';

/** Of the event that ends a stream. */
const completion = z.object({ ErrorCode: z.string().optional(), ErrorDetails: z.string().optional() });

/**
 * The payload of a streamed answer: what the chunks hold, until the event that completes it
 * (https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html). The connection is read no faster
 * than this is.
 */
export class AnswerStream extends Readable {
  readonly #request: AwsRequest;
  readonly #controller: Dispatcher.DispatchController;
  readonly #failure: (error: AppError) => Error;
  readonly #decoder = createStreamDecoder();
  #complete = false;

  constructor(
    request: AwsRequest,
    controller: Dispatcher.DispatchController,
    failure: (error: AppError) => Error,
  ) {
    super();
    this.#request = request;
    this.#controller = controller;
    this.#failure = failure;
    // It may fail before its reader has it, who then learns of that as soon as they read.
    this.on('error', () => {});
  }

  /**
   * Takes bytes of the answer's body.
   * @throws AppError UPSTREAM_REJECTED when the function failed, UPSTREAM_UNAVAILABLE for what is damaged
   */
  receive(bytes: Buffer): void {
    for (const message of this.#decoder.push(bytes)) this.#read(message);
  }

  /** @throws AppError UPSTREAM_UNAVAILABLE when the body ended before the payload was complete */
  finish(): void {
    if (this.#complete) return;
    const message = `The answer to ${describe(this.#request)} ended before it was complete.`;
    this.fail(new AppError('UPSTREAM_UNAVAILABLE', message, { final: true }));
  }

  fail(error: AppError): void {
    this.destroy(this.#failure(error));
  }

  override _read(): void {
    this.#controller.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (!this.#complete) this.#controller.abort(error ?? new Error('The answer is not wanted any more.'));
    callback(error);
  }

  #read({ headers, payload }: StreamMessage): void {
    if (this.#complete) return;
    const type = headers.get(':message-type');
    if (type !== 'event') throw this.#exception(headers, payload);
    // Kinds of events that may come to be later say nothing to us.
    const event = headers.get(':event-type');
    if (event === 'InvokeComplete') this.#end(payload);
    if (event === 'PayloadChunk' && payload.length > 0 && !this.push(payload)) this.#controller.pause();
  }

  #end(payload: Buffer): void {
    const parsed = completion.safeParse(payload.length === 0 ? {} : jsonIn(payload));
    const { ErrorCode, ErrorDetails = '' } = parsed.data ?? { ErrorCode: 'a garbled end' };
    if (ErrorCode !== undefined) {
      const message = `The function of ${describe(this.#request)} failed in its answer: ${ErrorCode} ${quoted(ErrorDetails)}`;
      throw new AppError('UPSTREAM_REJECTED', message, {
        details: { functionError: ErrorCode, functionDetails: ErrorDetails },
      });
    }
    this.#complete = true;
    this.push(null);
    this.#controller.resume();
  }

  #exception(headers: ReadonlyMap<string, string>, payload: Buffer): AppError {
    const name = headers.get(':exception-type') ?? headers.get(':error-code') ?? 'an unknown message';
    const said = headers.get(':error-message') ?? quoted(payload.toString());
    const message = `AWS ended the answer to ${describe(this.#request)}: ${sentence(`${name}: ${said}`)}`;
    return new AppError('UPSTREAM_REJECTED', message, { details: { error: name } });
  }
}
