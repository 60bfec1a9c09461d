import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { isStreamHandler } from './awslambda.ts';

/** What the module of a function exports as `handler`: any of Lambda's kinds of handlers that answer by a promise. */
export type Handler = (...args: never[]) => unknown;

/** Runs a handler for an event, as the bytes of Invoke payloads; an error of the function is JSON that tells of it. */
export async function invokeHandler(handler: Handler, event: Buffer): Promise<Buffer> {
  try {
    return await payloadOf(handler, JSON.parse(event.toString()));
  } catch (error) {
    return Buffer.from(JSON.stringify(functionError(error)));
  }
}

async function payloadOf(handler: Handler, event: unknown): Promise<Buffer> {
  const context = {};
  if (isStreamHandler(handler)) {
    const answer = new PassThrough();
    const [payload] = await Promise.all([buffer(answer), handler(event, answer, context)]);
    return payload;
  }
  const result = await (handler as (event: unknown, context: object) => unknown)(event, context);
  return Buffer.from(JSON.stringify(result ?? null));
}

/** As the Node runtime reports it (https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html). */
function functionError(error: unknown): object {
  const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  return { errorType: name, errorMessage: message, trace: stack.split('\n') };
}
