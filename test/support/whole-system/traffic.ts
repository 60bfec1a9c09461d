import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '../wait-until.ts';

/** Something that is asked for again and again. */
export interface Target {
  readonly name: string;
  readonly host: string;
  /** What its answers may be. */
  readonly bodies: readonly string[];
}

/** A request that was not answered as it should be; times in milliseconds of `performance.now()`. */
export interface Failure {
  readonly target: string;
  /** The status, or the code of what went wrong on the connection. */
  readonly outcome: number | string;
  readonly begun: number;
  readonly ended: number;
}

/** Clients that ask a few targets for as long as they are let. */
export interface Traffic {
  /** How many requests were answered as they should be. */
  answered(): number;
  /** Resolves when a request has failed since `failures` was called. */
  failing(): Promise<void>;
  /** What failed since the last time, once every client has made a request that began after this was called. */
  failures(): Promise<readonly Failure[]>;
  /** Resolves when all have their answers. */
  stop(): Promise<void>;
}

const pauseMs = 10;

/** Asks every target at a port of 127.0.0.1 by two clients: on a connection that is kept, and on new ones. */
export function startTraffic(port: number, targets: readonly Target[]): Traffic {
  let failures: Failure[] = [];
  const over = new AbortController();
  let answered = 0;
  const clients = targets.flatMap((target) => [true, false].map((keepAlive) => ({ target, keepAlive })));
  const rounds = clients.map(() => 0);
  const client = async (target: Target, agent: Agent, at: number): Promise<void> => {
    while (!over.signal.aborted) {
      const begun = performance.now();
      const outcome = await outcomeOf(agent, port, target);
      if (outcome === 200) answered += 1;
      else failures.push({ target: target.name, outcome, begun, ended: performance.now() });
      rounds[at] = (rounds[at] ?? 0) + 1;
      await sleep(pauseMs);
    }
    agent.destroy();
  };
  const running = clients.map(({ target, keepAlive }, at) =>
    client(target, new Agent({ keepAlive, maxSockets: 1 }), at),
  );
  return {
    answered: () => answered,
    failing: async () => {
      await waitUntil('a request that fails', () => failures.length > 0);
    },
    failures: async () => {
      const before = [...rounds];
      await waitUntil('two more requests of every client', () =>
        rounds.every((round, at) => round >= (before[at] ?? 0) + 2),
      );
      const since = failures;
      failures = [];
      return since;
    },
    stop: async () => {
      over.abort();
      await Promise.all(running);
    },
  };
}

async function outcomeOf(agent: Agent, port: number, { host, bodies }: Target): Promise<number | string> {
  try {
    const asked = request({ agent, host: '127.0.0.1', port, path: '/', headers: { host } }).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    const body = await text(response);
    const { statusCode = 0 } = response;
    return statusCode === 200 && !bodies.includes(body) ? `answer ${body}` : statusCode;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}
