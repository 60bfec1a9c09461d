import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer, json } from 'node:stream/consumers';

/**
 * A function that a test gives: it hears the bytes of each event. What it returns is its answer: a Buffer as it is, else
 * as JSON. What it throws is an error of the function, and a {@link RuntimeExit} ends the runtime.
 */
export type FunctionOfTest = (event: Buffer) => unknown;

/** Thrown by a function of a test to end its runtime, as `process.exit` in a handler does. */
export class RuntimeExit extends Error {
  override readonly name = 'RuntimeExit';
}

/** What became of one event, for the process that asked. */
export type Outcome =
  { readonly payload: string } | { readonly error: FunctionError } | { readonly exit: number };

/** As runtimes report it (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html). */
interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}

/** Where other processes can call a function that runs in this one; `await using` ends it. */
export interface ServedFunction extends AsyncDisposable {
  readonly url: string;
}

/** Lets emulators in processes of their own call `run`, which thereby sees and holds whatever the test likes. */
export async function serveFunction(run: FunctionOfTest): Promise<ServedFunction> {
  const server = createServer((incoming, answer) => {
    void buffer(incoming)
      .then((event) => outcomeOf(run, event))
      .then((outcome) => answer.end(JSON.stringify(outcome)));
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

/** Calls a served function with an event; waits for as long as it takes. */
export async function callFunction(url: string, event: Buffer): Promise<Outcome> {
  const call = request(url, { method: 'POST', agent: false }).end(event);
  const [answer] = (await once(call, 'response')) as [NodeJS.ReadableStream];
  return (await json(answer)) as Outcome;
}

async function outcomeOf(run: FunctionOfTest, event: Buffer): Promise<Outcome> {
  try {
    const answer = await run(event);
    const payload = Buffer.isBuffer(answer) ? answer : Buffer.from(JSON.stringify(answer ?? null));
    return { payload: payload.toString('base64') };
  } catch (error) {
    if (error instanceof RuntimeExit) return { exit: 1 };
    const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error));
    return { error: { errorType: name, errorMessage: message, trace: stack.split('\n') } };
  }
}
