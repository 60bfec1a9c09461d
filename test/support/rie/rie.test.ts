import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { waitUntil } from '../wait-until.ts';
import { type FunctionOfTest, RuntimeExit } from './function-of-test.ts';
import { realRie, type Rie, type RieOptions, startRie } from './rie.ts';

const invocations = '/2015-03-31/functions/function/invocations';
const mostBytes = 6 * 1024 * 1024 + 100;

interface Answer {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly body: string;
}

interface Sent {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
}

async function send(
  rie: Rie,
  body: string,
  { path = invocations, method = 'POST', headers = {} }: Sent = {},
): Promise<Answer> {
  const call = request(rie.url + path, { method, headers, agent: false }).end(body);
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  return { status: answer.statusCode, type: answer.headers['content-type'], body: await text(answer) };
}

const asText = 'text/plain; charset=utf-8';
const echo: FunctionOfTest = (event) => ({ got: event.toString() });

/** A function that waits, for each event, until the test lets it go. */
function held(): { run: FunctionOfTest; waiting: (() => void)[] } {
  const waiting: (() => void)[] = [];
  const run = (event: Buffer): Promise<unknown> =>
    new Promise((resolve) => waiting.push(() => resolve(event.toString())));
  return { run, waiting };
}

const emulators: { name: string; build: NonNullable<RieOptions['build']>; skip: boolean }[] = [
  { name: 'the stand-in for the emulator', build: 'current', skip: false },
  { name: "AWS's own emulator", build: 'real', skip: !realRie },
];

describe.each(emulators)('$name', ({ build, skip }) => {
  describe.skipIf(skip)('as the proxy meets it', () => {
    it('answers 200 with what the function gives, of a type that means nothing', async () => {
      await using rie = await startRie(echo, { build });
      expect(await send(rie, '{"a":1}')).toEqual({
        status: 200,
        type: asText,
        body: '{"got":"{\\"a\\":1}"}',
      });
      const asEvent = { headers: { 'x-amz-invocation-type': 'Event' } };
      expect(await send(rie, '2', asEvent)).toMatchObject({ status: 200, body: '{"got":"2"}' });
      expect(await send(rie, '3', { path: `${invocations}?Qualifier=x`, method: 'PUT' })).toMatchObject({
        status: 200,
        body: '{"got":"3"}',
      });
    });

    it('knows one name and no trailing slash', async () => {
      await using rie = await startRie(echo, { build });
      const unknown = { status: 404, type: asText, body: '404 page not found\n' };
      expect(await send(rie, '', { path: `${invocations}/` })).toEqual(unknown);
      expect(await send(rie, '', { path: invocations.replace('/function/', '/other/') })).toEqual(unknown);
    });

    it('answers 200 for an error of the function, and refuses a client context that is no base64', async () => {
      const run = (): never => {
        throw new TypeError('no');
      };
      await using rie = await startRie(run, { build });
      const { status, type, body } = await send(rie, '{}');
      expect({ status, type, ...(JSON.parse(body) as object) }).toMatchObject({
        status: 200,
        type: asText,
        errorType: 'TypeError',
        errorMessage: 'no',
      });
      const bad = { headers: { 'x-amz-client-context': '*' } };
      expect(await send(rie, '{}', bad)).toMatchObject({ status: 500, body: '' });
    });

    it('gives the streaming form in one answer', async () => {
      const streamed = Buffer.from(`{"statusCode":201}${'\0'.repeat(8)}body`);
      await using rie = await startRie(() => streamed, { build });
      expect(await send(rie, '{}')).toEqual({
        status: 200,
        type: 'application/octet-stream',
        body: streamed.toString(),
      });
    });

    it('tells of a timeout in a sentence, and serves the next call', async () => {
      let calls = 0;
      const run = (): unknown => (++calls === 1 ? new Promise(() => {}) : 'in time');
      await using rie = await startRie(run, { build, timeoutSeconds: 1 });
      expect(await send(rie, '{}')).toEqual({
        status: 200,
        type: asText,
        body: 'Task timed out after 1.00 seconds',
      });
      expect(await send(rie, '{}')).toMatchObject({ status: 200, body: '"in time"' });
    });

    it('answers 502 when the runtime ends, and starts it again', async () => {
      let calls = 0;
      const run = (): unknown => {
        if (++calls === 1) throw new RuntimeExit();
        return 'again';
      };
      await using rie = await startRie(run, { build });
      const { status, type, body } = await send(rie, '{}');
      expect({ status, type, ...(JSON.parse(body) as object) }).toEqual({
        status: 502,
        type: asText,
        errorType: 'Runtime.ExitError',
        errorMessage: expect.stringMatching(
          /^RequestId: [-0-9a-f]{36} Error: Runtime exited with error: exit status 1$/,
        ) as string,
      });
      expect(await send(rie, '{}')).toMatchObject({ status: 200, body: '"again"' });
    });

    it('cuts long events and refuses long answers', async () => {
      await using rie = await startRie(
        (event) => (event.length > 3 ? event.length : 'x'.repeat(mostBytes - 1)),
        { build },
      );
      expect(await send(rie, 'x'.repeat(mostBytes + 1))).toMatchObject({ body: String(mostBytes) });
      const { status, body } = await send(rie, '{}');
      expect({ status, ...(JSON.parse(body) as object) }).toEqual({
        status: 200,
        errorType: 'Function.ResponseSizeTooLarge',
        errorMessage: `Response payload size (${mostBytes + 1} bytes) exceeded maximum allowed payload size (${mostBytes} bytes).`,
      });
    });

    it('runs on for a client that has left, and so ends at the next call', async () => {
      const { run, waiting } = held();
      await using rie = await startRie(run, { build });
      const call = request(rie.url + invocations, { method: 'POST', agent: false }).end('1');
      const left = new Promise((resolve) => call.once('error', () => {}).once('close', resolve));
      await waitUntil('the call', () => waiting.length > 0);
      call.destroy();
      await left;
      await expect(send(rie, '2')).rejects.toThrow(/socket hang up|ECONNRESET/);
      await waitUntil('its end', async () => !(await rie.isUp()));
    });

    it('ends as a whole at a second call while one runs, until somebody starts it again', async () => {
      const { run, waiting } = held();
      await using rie = await startRie(run, { build });
      const first = send(rie, '1');
      const firstEnd = first.catch((error: unknown) => String(error));
      await waitUntil('the first call', () => waiting.length > 0);
      await expect(send(rie, '2')).rejects.toThrow(/socket hang up|ECONNRESET/);
      expect(await firstEnd).toMatch(/socket hang up|ECONNRESET/);
      await waitUntil('its end', async () => !(await rie.isUp()));
      await rie.restart();
      const third = send(rie, '3');
      await waitUntil('the third call', () => waiting.length > 1);
      waiting[1]?.();
      expect(await third).toMatchObject({ body: '"3"' });
    });
  });
});

it('is silent for ever after its runtime ended, in builds until 2023', async () => {
  const run = (): never => {
    throw new RuntimeExit();
  };
  await using rie = await startRie(run, { build: 'old' });
  const nothing = { status: 200, type: undefined, body: '' };
  expect([await send(rie, '{}'), await send(rie, '{}')]).toEqual([nothing, nothing]);
});
