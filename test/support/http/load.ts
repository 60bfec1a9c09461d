import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';

/** Clients that ask without a pause, each on a connection that is kept. */
export interface Load {
  readonly answers: Map<string, number>;
  /** What went wrong. */
  readonly failures: string[];
  /** Ends it when all have their answers. */
  stop(): Promise<void>;
}

/** Asks `http://127.0.0.1:<port>/` for a host, over and over; every answer but 200 is a failure. */
export function startLoad(port: number, host: string, clients = 4): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const answers = new Map<string, number>();
  const failures: string[] = [];
  const over = new AbortController();
  const client = async (): Promise<void> => {
    while (!over.signal.aborted) {
      try {
        const { status, server } = await askOnce(agent, port, host);
        if (status === 200) answers.set(server, (answers.get(server) ?? 0) + 1);
        else failures.push(`status ${status}`);
      } catch (error) {
        failures.push(String(error));
      }
    }
  };
  const running = Promise.all(Array.from({ length: clients }, client));
  const stop = async (): Promise<void> => {
    over.abort();
    await running;
    agent.destroy();
  };
  return { answers, failures, stop };
}

async function askOnce(
  agent: Agent,
  port: number,
  host: string,
): Promise<{ status: number; server: string }> {
  const asked = request({ agent, host: '127.0.0.1', port, path: '/', headers: { host } });
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const [, server = ''] = /"server":"([^"]*)"/.exec(await text(response)) ?? [];
  return { status: response.statusCode ?? 0, server };
}
