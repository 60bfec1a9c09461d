import { PassThrough } from 'node:stream';
import { isStreamHandler } from './awslambda.ts';

/** What the module of a function exports as `handler`: any of Lambda's kinds of handlers that answer by a promise. */
export type Handler = (...args: never[]) => unknown;

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
