import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Exchange } from './forward/exchange.ts';

/** The connections of clients, each with the requests on it that are not answered yet, in their order. */
export class Connections {
  readonly #unanswered = new Map<Socket, Exchange[]>();

  /** Follows a connection until it closes. */
  add(socket: Socket): void {
    const unanswered: Exchange[] = [];
    this.#unanswered.set(socket, unanswered);
    socket.once('close', () => {
      this.#unanswered.delete(socket);
      for (const { outgoing } of unanswered.filter(isWaiting)) close(outgoing);
    });
  }

  /** Follows a request until its answer is sent or given up. */
  began(exchange: Exchange): void {
    const unanswered = this.#unanswered.get(exchange.incoming.socket) ?? [];
    unanswered.push(exchange);
    exchange.outgoing.once('close', () => unanswered.splice(unanswered.indexOf(exchange), 1));
  }

  /** The request that came last, unless it is answered. */
  latest(socket: Socket): Exchange | undefined {
    return this.#unanswered.get(socket)?.at(-1);
  }

  /** Ends every connection; resolves when all who follow one know. */
  async end(): Promise<void> {
    const sockets = [...this.#unanswered.keys()];
    const closed = sockets.map((socket) => once(socket, 'close'));
    for (const socket of sockets) socket.destroy();
    await Promise.all(closed);
  }

  /** Of each connection the request that came last, unless that is answered. */
  last(): Exchange[] {
    return [...this.#unanswered.values()].flatMap((unanswered) => unanswered.slice(-1));
  }

  /** Those that are owed no answer. */
  unserved(): Socket[] {
    return [...this.#unanswered].flatMap(([socket, { length }]) => (length === 0 ? [socket] : []));
  }
}

/** Whether the answers to earlier requests on its connection go first. */
function isWaiting({ outgoing }: Exchange): boolean {
  return outgoing.socket === null;
}

/** Node tells only the answer whose turn it is of the end of its connection; the others would wait for ever. */
function close(outgoing: Exchange['outgoing']): void {
  outgoing.destroy();
  outgoing.emit('close');
}
