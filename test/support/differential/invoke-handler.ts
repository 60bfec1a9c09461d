import { buffer } from 'node:stream/consumers';
import { type Handler, runHandler } from '../../../src/sandbox/runtime/invocation.ts';

/** Runs a handler for an event, as the bytes of Invoke payloads; an error of the function is JSON that tells of it. */
export async function invokeHandler(handler: Handler, event: Buffer): Promise<Buffer> {
  try {
    const answer = await runHandler(handler, event);
    return Buffer.isBuffer(answer) ? answer : await buffer(answer);
  } catch (error) {
    return Buffer.from(JSON.stringify(functionError(error)));
  }
}

/** As the Node runtime reports it (https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html). */
function functionError(error: unknown): object {
  const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  return { errorType: name, errorMessage: message, trace: stack.split('\n') };
}
