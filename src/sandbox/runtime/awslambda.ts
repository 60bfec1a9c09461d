import type { Writable } from 'node:stream';

/** A handler that writes its answer to a stream. */
type StreamHandler = (event: unknown, answer: Writable, context: object) => unknown;

const streamHandlers = new WeakSet<object>();

/**
 * The global that Lambda's Node runtime gives to functions which stream their answers
 * (https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html).
 */
const awslambda = {
  streamifyResponse(handler: StreamHandler): StreamHandler {
    streamHandlers.add(handler);
    return handler;
  },
  HttpResponseStream: {
    /** Puts status, headers and cookies before the body: JSON, then eight NUL bytes. */
    from(answer: Writable, metadata: object): Writable {
      answer.write(Buffer.concat([Buffer.from(JSON.stringify(metadata)), Buffer.alloc(8)]));
      return answer;
    },
  },
};

/** Makes `awslambda` known to the modules of functions, which read it when they are loaded. */
export function provideAwslambda(): void {
  Object.assign(globalThis, { awslambda });
}

/** Whether `streamifyResponse` made the handler. */
export function isStreamHandler(handler: object): handler is StreamHandler {
  return streamHandlers.has(handler);
}
