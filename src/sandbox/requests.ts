import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** A request to a port of this machine. */
export interface Asked {
  readonly host: string;
  readonly path: string;
  readonly cookie?: string;
}

export interface Answer {
  readonly status: number;
  readonly type: string;
  /** As they came, each with the milliseconds since the first. */
  readonly parts: readonly { readonly afterMs: number; readonly bytes: Buffer }[];
  readonly body: Buffer;
}

/** The same request for a shell. */
export function curl(port: number, { host, path, cookie }: Asked): string {
  const cookies = cookie === undefined ? '' : ` -b '${cookie}'`;
  return `curl -H 'Host: ${host}'${cookies} 'http://127.0.0.1:${port}${path}'`;
}

export async function ask(port: number, { host, path, cookie }: Asked): Promise<Answer> {
  const headers = { host, ...(cookie === undefined ? {} : { cookie }) };
  const call = request({ host: '127.0.0.1', port, path, headers, agent: false, timeout: 10_000 }).end();
  call.once('timeout', () => call.destroy(new Error(`${host}${path} is not answered within 10 s`)));
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  const parts: Answer['parts'][number][] = [];
  const begun = performance.now();
  for await (const bytes of answer as AsyncIterable<Buffer>)
    parts.push({ afterMs: performance.now() - begun, bytes });
  return {
    status: answer.statusCode ?? 0,
    type: answer.headers['content-type'] ?? '',
    parts,
    body: Buffer.concat(parts.map(({ bytes }) => bytes)),
  };
}

/** What some requests in a row are answered. */
export async function answersOf(port: number, asked: Asked, times: number): Promise<string[]> {
  const answers: string[] = [];
  for (let at = 0; at < times; at += 1) answers.push((await ask(port, asked)).body.toString());
  return answers;
}

/** Requests that are sent without a break; `await using` ends them. */
export interface Load extends AsyncDisposable {
  /** How many have been answered so far, or have failed. */
  sent(): number;
  stop(): Promise<{ readonly sent: number; readonly failed: number }>;
}

const senders = 2;
const pauseMs = 2;

/** Sends a request again and again, some at once; every answer but 200 counts as failed. */
export function startLoad(port: number, asked: Asked): Load {
  let [sent, failed] = [0, 0];
  const over = new AbortController();
  const isAnswered = (): Promise<boolean> =>
    ask(port, asked).then(
      ({ status }) => status === 200,
      () => false,
    );
  const send = async (): Promise<void> => {
    while (!over.signal.aborted) {
      if (!(await isAnswered())) failed += 1;
      sent += 1;
      await sleep(pauseMs);
    }
  };
  const running = Promise.all(Array.from({ length: senders }, send));
  const stop = async (): Promise<{ sent: number; failed: number }> => {
    over.abort();
    await running;
    return { sent, failed };
  };
  return {
    sent: () => sent,
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}
