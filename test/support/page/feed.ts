import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Status } from '../../../src/agent/told/status.ts';
import { changeBetween } from './fixtures.ts';

/** Serves the status page and the events of a made-up agent, as the agent's admin listener does. */
export class StatusFeed {
  /** Paths that were asked for. */
  readonly requests: string[] = [];
  /** Answers `/events` with 503. */
  isBroken = false;
  readonly #listeners = new Set<ServerResponse>();
  readonly #page: string;
  #server: Server | undefined;
  #port = 0;
  #status: Status;

  constructor(page: string, status: Status) {
    this.#page = page;
    this.#status = status;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/`;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** Listens, and after {@link stop} on the same port as before. */
  async start(): Promise<void> {
    this.#server = createServer((request, response) => this.#answer(request.url ?? '', response));
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    if (!this.#server?.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  /** What whoever listens is told of, and whoever comes later begins with. */
  become(status: Status): void {
    const change = changeBetween(this.#status, status);
    this.#status = status;
    for (const listener of this.#listeners) send(listener, 'change', change);
  }

  /** Ends every stream of events. */
  hangUp(): void {
    for (const listener of this.#listeners) listener.end();
  }

  #answer(path: string, response: ServerResponse): void {
    this.requests.push(path);
    if (path === '/') {
      response.writeHead(200, {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': policyOf(this.#page),
      });
      response.end(this.#page);
    } else if (path === '/events' && !this.isBroken) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('retry: 50\n\n');
      this.#listeners.add(response);
      response.on('close', () => this.#listeners.delete(response));
      send(response, 'status', this.#status);
    } else {
      response.writeHead(path === '/events' ? 503 : 404).end();
    }
  }
}

function send(listener: ServerResponse, event: string, data: object): void {
  listener.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

/** Nothing but the page's own style and script, its events, and its icon. */
function policyOf(page: string): string {
  return [
    "default-src 'none'",
    `style-src ${hashOf(page, 'style')}`,
    `script-src ${hashOf(page, 'script')}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
}

function hashOf(page: string, tag: string): string {
  const [, content = ''] = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(page) ?? [];
  return `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
}
