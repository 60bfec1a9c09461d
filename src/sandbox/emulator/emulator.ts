import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { provideAwslambda } from './awslambda.ts';
import { type Handler, invokeHandler } from './invocation.ts';

/** A function that is served as an emulator does; `await using` ends it. */
export interface Emulator extends AsyncDisposable {
  /** As `endpoint` of a route of the proxy. */
  readonly url: string;
}

const invocations = '/2015-03-31/functions/function/invocations';

/**
 * Serves a function on a free port of the loopback address, with the one path of AWS's runtime interface emulator
 * (https://github.com/aws/aws-lambda-runtime-interface-emulator): one call at a time, 200 whatever comes of it, and the
 * whole answer at once. An overlapping call waits, where the original ends.
 * @param load imports the module of the function, as a runtime does when it starts
 */
export async function startEmulator(load: () => Promise<{ readonly handler: Handler }>): Promise<Emulator> {
  provideAwslambda();
  const { handler } = await load();
  let idle = Promise.resolve();
  const server = createServer((incoming, answer) => {
    idle = idle.then(() => serve(handler, incoming, answer)).catch(() => void answer.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

async function serve(handler: Handler, incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
  const event = await buffer(incoming);
  if (incoming.url !== invocations) {
    answer.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n');
    return;
  }
  const payload = await invokeHandler(handler, event);
  answer.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(payload);
}
