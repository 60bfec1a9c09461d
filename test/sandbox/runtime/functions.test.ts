import { buffer } from 'node:stream/consumers';
import { beforeAll, expect, it } from 'vitest';
import { provideAwslambda } from '../../../src/sandbox/runtime/awslambda.ts';
import { type Handler, runHandler } from '../../../src/sandbox/runtime/invocation.ts';

beforeAll(provideAwslambda);

async function answerOf(handler: Handler, event: object = {}): Promise<Buffer> {
  const answer = await runHandler(handler, Buffer.from(JSON.stringify(event)));
  return Buffer.isBuffer(answer) ? answer : buffer(answer);
}

it('has a function that echoes its event and sets two cookies', async () => {
  const { handler } = await import('../../../src/sandbox/runtime/functions/echo.ts');
  expect(JSON.parse((await answerOf(handler, { rawPath: '/a' })).toString())).toEqual({
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
    cookies: ['visited=yes; Path=/', 'theme=dark; Path=/; HttpOnly'],
    body: '{"rawPath":"/a"}',
  });
});

it('has a function that streams head, eight NUL bytes and body', async () => {
  const { handler } = await import('../../../src/sandbox/runtime/functions/countdown.ts');
  const [head = '', body] = (await answerOf(handler)).toString().split('\0'.repeat(8));
  expect(JSON.parse(head)).toEqual({
    statusCode: 200,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
  });
  expect(body).toBe('three\ntwo\none\nlift-off\n');
});

it('has a function that answers with a PNG in base64', async () => {
  const { handler } = await import('../../../src/sandbox/runtime/functions/picture.ts');
  const { body, isBase64Encoded } = JSON.parse((await answerOf(handler)).toString()) as {
    body: string;
    isBase64Encoded: boolean;
  };
  const bytes = Buffer.from(body, 'base64');
  expect(isBase64Encoded).toBe(true);
  expect(bytes.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
  expect(bytes.toString('latin1')).toMatch(/IHDR.{17}.{4}IDAT.*IEND/s);
});
