import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { callFunction } from './function-of-test.ts';

/**
 * A Lambda runtime (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html) whose function is the one that a test
 * serves at the URL of the command line. The emulator starts it and says in its environment where the Runtime API is.
 */
const [, , functionUrl = ''] = process.argv;
const api = `http://${process.env['AWS_LAMBDA_RUNTIME_API'] ?? ''}/2018-06-01/runtime/invocation`;

for (;;) {
  const next = await send('GET', '/next');
  const id = String(next.headers['lambda-runtime-aws-request-id']);
  const outcome = await callFunction(functionUrl, await buffer(next));
  if ('exit' in outcome) process.exit(outcome.exit);
  if ('error' in outcome) await report(`/${id}/error`, Buffer.from(JSON.stringify(outcome.error)));
  else await report(`/${id}/response`, Buffer.from(outcome.payload, 'base64'));
}

async function report(path: string, payload: Buffer): Promise<void> {
  await buffer(await send('POST', path, payload));
}

async function send(method: string, path: string, body?: Buffer): Promise<IncomingMessage> {
  const call = request(api + path, { method }).end(body);
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  return answer;
}
