import { once } from 'node:events';
import { type IncomingHttpHeaders, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What an echo server saw of a request. */
export interface Echo {
  readonly server: string;
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

export interface EchoServer extends AsyncDisposable {
  readonly name: string;
  readonly port: number;
  /** Paths that are answered 500 instead, such as one that is checked for health. */
  readonly broken: Set<string>;
  /** Called with every request. */
  observe: (echo: Echo) => unknown;
}

/** An HTTP server on a free port that answers with its name and what it was asked; `/login` sets the cookie `SID`. */
export async function startEchoServer(name: string): Promise<EchoServer> {
  const broken = new Set<string>();
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    const echo: Echo = { server: name, method, url, headers };
    response.writeHead(broken.has(url) ? 500 : 200, {
      'content-type': 'application/json',
      ...(url === '/login' ? { 'set-cookie': `SID=session-of-${name}; Path=/` } : {}),
    });
    response.end(JSON.stringify(echo));
    running.observe(echo);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const running: EchoServer = {
    name,
    broken,
    observe: () => undefined,
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
  return running;
}
