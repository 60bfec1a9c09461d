import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { callFunction, type Outcome } from './function-of-test.ts';

/**
 * Stands in for AWS's runtime interface emulator where that is not at hand: `port functionUrl build`, with the function
 * timeout in the environment as the emulator reads it. It does what was observed at the real one, its faults included;
 * rie.test.ts beside it runs the same checks against both.
 */
const [, , port = '', functionUrl = '', build = ''] = process.argv;
const timeoutSeconds = Number(process.env['AWS_LAMBDA_FUNCTION_TIMEOUT'] ?? '300');

/** Of requests and of answers: 6 MiB and 100 bytes. */
const mostBytes = 6 * 1024 * 1024 + 100;

let isBusy = false;
/** Builds until 2023 never start a runtime again that has ended. */
let isDead = false;

createServer((incoming, answer) => {
  const [path] = (incoming.url ?? '').split('?');
  if (path !== '/2015-03-31/functions/function/invocations') return refuse(incoming, answer);
  void buffer(incoming).then(
    (event) => invoke(event, incoming, answer),
    () => answer.destroy(),
  );
}).listen(Number(port), '127.0.0.1');

function refuse(incoming: IncomingMessage, answer: ServerResponse): void {
  incoming.resume();
  answer.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('404 page not found\n');
}

async function invoke(event: Buffer, { headers }: IncomingMessage, answer: ServerResponse): Promise<void> {
  if (!isBase64(headers['x-amz-client-context'])) return void answer.writeHead(500).end();
  // The emulator dereferences what the second call has not got, and ends as a whole.
  if (isBusy) process.exit(2);
  isBusy = true;
  const { status, payload } = await answerTo(event.subarray(0, mostBytes));
  isBusy = false;
  // What nobody reads any more is written all the same.
  answer.writeHead(status, payload.length > 0 ? { 'content-type': sniffed(payload) } : {}).end(payload);
}

interface Payload {
  readonly status: number;
  readonly payload: Buffer;
}

async function answerTo(event: Buffer): Promise<Payload> {
  if (isDead) return ok('');
  const outcome = await Promise.race([callFunction(functionUrl, event), timeout()]);
  if (outcome === 'timeout') return ok(`Task timed out after ${timeoutSeconds}.00 seconds`);
  if ('exit' in outcome) return exited(outcome.exit);
  return ok(payloadOf(outcome));
}

async function timeout(): Promise<'timeout'> {
  return new Promise((resolve) => {
    setTimeout(() => resolve('timeout'), timeoutSeconds * 1000).unref();
  });
}

function exited(code: number): Payload {
  if (build === 'old') {
    isDead = true;
    return ok('');
  }
  const errorMessage = `RequestId: ${randomUUID()} Error: Runtime exited with error: exit status ${code}`;
  const payload = Buffer.from(JSON.stringify({ errorType: 'Runtime.ExitError', errorMessage }));
  return { status: 502, payload };
}

function payloadOf(outcome: Exclude<Outcome, { exit: number }>): Buffer {
  if ('error' in outcome) return Buffer.from(JSON.stringify(outcome.error));
  const payload = Buffer.from(outcome.payload, 'base64');
  if (payload.length <= mostBytes) return payload;
  const errorMessage = `Response payload size (${payload.length} bytes) exceeded maximum allowed payload size (${mostBytes} bytes).`;
  return Buffer.from(JSON.stringify({ errorMessage, errorType: 'Function.ResponseSizeTooLarge' }));
}

function ok(payload: Buffer | string): Payload {
  return { status: 200, payload: Buffer.from(payload) };
}

/** As Go's net/http guesses for such payloads (https://mimesniff.spec.whatwg.org): text unless a control byte is early. */
function sniffed(payload: Buffer): string {
  const isBinary = payload
    .subarray(0, 512)
    .some((byte) => byte < 9 || (byte > 13 && byte < 27) || byte === 11);
  return isBinary ? 'application/octet-stream' : 'text/plain; charset=utf-8';
}

/** As Go decodes it: the standard alphabet with its padding. */
function isBase64(text: string | string[] = ''): boolean {
  return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(String(text));
}
