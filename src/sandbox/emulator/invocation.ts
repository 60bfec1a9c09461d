import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { isStreamHandler } from './awslambda.ts';

/** What the module of a function exports as `handler`: any of Lambda's kinds of handlers that answer by a promise. */
export type Handler = (...args: never[]) => unknown;

/** Runs a handler for an event, as the bytes of Invoke payloads; an error of the function is JSON that tells of it. */
export async function invokeHandler(handler: Handler, event: Buffer): Promise<Buffer> {
  try {
    const answer = await runHandler(handler, event);
    return Buffer.isBuffer(answer) ? answer : await buffer(answer);
  } catch (error) {
    return Buffer.from(JSON.stringify(functionError(error)));
  }
}

/** Runs a handler for an event, whose answer comes whole or, where it streams, as it is written. */
export async function runHandler(handler: Handler, event: Buffer): Promise<Buffer | PassThrough> {
  const context = {};
  const given: unknown = JSON.parse(event.toString());
  if (isStreamHandler(handler)) {
    const answer = new PassThrough();
    void (async () => handler(given, answer, context))().catch((error: Error) => answer.destroy(error));
    return answer;
  }
  const result = await (handler as (event: unknown, context: object) => unknown)(given, context);
  return Buffer.from(JSON.stringify(result ?? null));
}

/** As the Node runtime reports it (https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html). */
function functionError(error: unknown): object {
  const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  return { errorType: name, errorMessage: message, trace: stack.split('\n') };
}
