import { expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../../../src/sandbox/emulator/emulator.ts';

function invoke({ url }: Emulator, event: object = {}, name = 'function'): Promise<Response> {
  const body = JSON.stringify(event);
  return fetch(`${url}/2015-03-31/functions/${name}/invocations`, { method: 'POST', body });
}

it('plays a function that echoes its event and sets two cookies', async () => {
  await using emulator = await startEmulator(() => import('../../../src/sandbox/emulator/functions/echo.ts'));
  const answer = await invoke(emulator, { rawPath: '/a' });
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
    cookies: ['visited=yes; Path=/', 'theme=dark; Path=/; HttpOnly'],
    body: '{"rawPath":"/a"}',
  });
});

it('gives what a function streams as head, eight NUL bytes and body', async () => {
  await using emulator = await startEmulator(
    () => import('../../../src/sandbox/emulator/functions/countdown.ts'),
  );
  const [head = '', body] = (await (await invoke(emulator)).text()).split('\0'.repeat(8));
  expect(JSON.parse(head)).toEqual({
    statusCode: 200,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
  });
  expect(body).toBe('three\ntwo\none\nlift-off\n');
});

it('plays a function that answers with a PNG in base64', async () => {
  await using emulator = await startEmulator(
    () => import('../../../src/sandbox/emulator/functions/picture.ts'),
  );
  const { body, isBase64Encoded } = (await (await invoke(emulator)).json()) as {
    body: string;
    isBase64Encoded: boolean;
  };
  const bytes = Buffer.from(body, 'base64');
  expect(isBase64Encoded).toBe(true);
  expect(bytes.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
  expect(bytes.toString('latin1')).toMatch(/IHDR.{17}.{4}IDAT.*IEND/s);
});

it('runs one call at a time, tells of errors with 200, and knows one name', async () => {
  let running = 0;
  let most = 0;
  const handler = async (event: { fail?: boolean }): Promise<string> => {
    most = Math.max(most, ++running);
    await new Promise(setImmediate);
    running -= 1;
    if (event.fail) throw new TypeError('as asked');
    return 'done';
  };
  await using emulator = await startEmulator(async () => ({ handler }));
  const answers = await Promise.all([{}, { fail: true }, {}].map((event) => invoke(emulator, event)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  const payloads = await Promise.all(answers.map((answer) => answer.json()));
  expect(payloads).toMatchObject(['done', { errorType: 'TypeError', errorMessage: 'as asked' }, 'done']);
  expect(most).toBe(1);
  expect((await invoke(emulator, {}, 'other')).status).toBe(404);
});
