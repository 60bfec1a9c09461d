import { beforeEach, describe, expect, it, vi } from 'vitest';
import { streamEvent } from '../../../../src/sandbox/aws/lambda/event-stream.ts';
import { type FunctionCall, type Handler, holds, useFunction } from '../../../support/proxy/function-stub.ts';
import { request } from '../../../support/http/connection.ts';
import { useProxy } from '../../../support/proxy/served-proxy.ts';
import { waitUntil } from '../../../support/wait-until.ts';

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'example');
  return () => vi.unstubAllEnvs();
});

async function given(handler: Handler = holds, file = '', keys = '') {
  const stub = await useFunction(handler);
  const proxy = await useProxy(
    `${file}aws: [{ hostname: foo.test, function_name: fn, streaming: true, endpoint: "${stub.url}"${keys} }]`,
  );
  return { stub, proxy };
}

const prelude = (head: object) => Buffer.concat([Buffer.from(JSON.stringify(head)), Buffer.alloc(8)]);
const head = prelude({ statusCode: 201, headers: { 'X-A': 'b' }, cookies: ['a=1', 'b=2'] });

function begin({ response }: FunctionCall): void {
  response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
}

function chunk({ response }: FunctionCall, bytes: Buffer | string): boolean {
  return response.write(streamEvent('PayloadChunk', Buffer.from(bytes)));
}

function complete({ response }: FunctionCall, detail = {}): void {
  response.end(streamEvent('InvokeComplete', Buffer.from(JSON.stringify(detail))));
}

/** A client that has the first part of an answer, of which there is more to come. */
async function begun({ stub, proxy }: Awaited<ReturnType<typeof given>>) {
  const connection = await proxy.connect();
  connection.send(request());
  const call = await stub.call();
  begin(call);
  chunk(call, head);
  chunk(call, 'first');
  await waitUntil('the first', () => connection.received.includes('first'));
  return { connection, call };
}

describe('an answer that streams', () => {
  it('reaches the client while it comes', async () => {
    const { stub, proxy } = await given();
    const connection = await proxy.connect();
    connection.send(request());
    const call = await stub.call();
    expect(call.path).toContain('/2021-11-15/functions/fn/response-streaming-invocations');
    begin(call);
    for (const byte of head) chunk(call, Buffer.from([byte]));
    chunk(call, 'first');
    await waitUntil('the first', () => connection.received.includes('first'));
    chunk(call, 'second');
    complete(call);
    const answer = await connection.answer();
    expect(answer).toMatchObject({ status: 201, text: 'firstsecond' });
    expect(answer.header('x-a')).toBe('b');
    expect(answer.headers.filter(([name]) => name === 'set-cookie').length).toBe(2);
    expect(answer.header('transfer-encoding')).toBe('chunked');
    connection.send(request('/ping'));
    expect((await connection.answer()).text).toBe('pong');
    expect(proxy.lines).toMatchObject([{ status: 201, bytes_out: 11 }, { path: '/ping' }]);
  });

  it.each([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
  ])('has no body for %s and %d, and the connection goes on', async (method, statusCode) => {
    const { proxy } = await given((call) => {
      begin(call);
      chunk(call, prelude({ statusCode }));
      chunk(call, 'body');
      complete(call);
    });
    const connection = await proxy.connect();
    connection.send(request('/', 'foo.test', [], method) + request('/ping'));
    expect(await connection.answer(method)).toMatchObject({ status: statusCode, text: '' });
    expect((await connection.answer()).text).toBe('pong');
  });

  it.each<[string, Handler]>([
    ['ends its connection', (call) => call.breakOff()],
    ['tells of an error', (call) => complete(call, { ErrorCode: 'Unhandled', ErrorDetails: 'secret' })],
  ])('that breaks (the function %s) is reset once it has begun', async (_name, breaks) => {
    const { stub, proxy } = await given();
    const { connection, call } = await begun({ stub, proxy });
    breaks(call);
    expect(await connection.ended).toBe('reset');
    expect(connection.received.toString()).not.toContain('secret');
    expect(await proxy.logged(1)).toMatchObject([{ status: 201, error: 'stream_broken' }]);
    expect(await proxy.metric('lambda_proxy_invoke_errors_total', { kind: 'stream_broken' })).toBe(1);
  });

  it('that breaks before its head is complete is answered with 502', async () => {
    const { proxy } = await given((call) => {
      begin(call);
      chunk(call, head.subarray(0, 10));
      setImmediate(() => call.breakOff());
    });
    expect(await proxy.ask(request())).toMatchObject({ status: 502, text: '{"message":"Bad Gateway"}' });
    expect(proxy.lines).toMatchObject([{ status: 502, error: 'stream_broken' }]);
  });

  it('of a raw route is passed on as it comes, whatever it looks like', async () => {
    const { proxy } = await given(
      (call) => {
        begin(call);
        chunk(call, head);
        chunk(call, 'body');
        complete(call);
      },
      '',
      ', format: raw',
    );
    const answer = await proxy.ask(request());
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual(Buffer.concat([head, Buffer.from('body')]));
  });

  it.each([
    ['envoy', 200, '{"errorType":"Unhandled","errorMessage":"no luck"}', 'Unhandled'],
    ['raw', 502, '{"message":"Internal Server Error"}', undefined],
    ['apigw-v2', 500, '{"message":"Internal Server Error"}', undefined],
  ])(
    'of a function that fails before is answered as its format has it (%s)',
    async (format, status, text, told) => {
      const { proxy } = await given(
        (call) => {
          begin(call);
          complete(call, { ErrorCode: 'Unhandled', ErrorDetails: 'no luck' });
        },
        '',
        `, format: ${format}`,
      );
      const answer = await proxy.ask(request());
      expect(answer).toMatchObject({ status, text });
      expect(answer.header('x-amz-function-error')).toBe(told);
      expect(await proxy.logged(1)).toMatchObject([{ status, error: 'function_error' }]);
    },
  );

  it('ends when its client leaves, and gives back its place', async () => {
    const { stub, proxy } = await given(holds, '', ', concurrency: 1');
    const { connection } = await begun({ stub, proxy });
    connection.destroy();
    await waitUntil('its end', () => stub.running === 0);
    await waitUntil('the place', async () => (await proxy.route()).in_use === 0);
    expect(await proxy.logged(1)).toMatchObject([{ status: 499, error: 'client_closed' }]);
  });

  it('comes no faster than its client reads, and a client that does not read loses it', async () => {
    const warnings: Error[] = [];
    process.on('warning', (warning) => warnings.push(warning));
    const piece = Buffer.alloc(1_000_000, 'x');
    const { stub, proxy } = await given(holds, 'limits: { idle_timeout: 400ms }\n');
    const feed = (call: FunctionCall, pieces: number) => {
      begin(call);
      chunk(call, head);
      const more = (left: number): void => {
        if (left === 0) complete(call);
        else if (chunk(call, piece)) setImmediate(() => more(left - 1));
        else call.response.once('drain', () => more(left - 1));
      };
      more(pieces);
    };
    const reader = await proxy.connect();
    reader.send(request());
    feed(await stub.call(1), 10);
    expect((await reader.answer()).body.length).toBe(10_000_000);
    const sleeper = await proxy.connect();
    sleeper.socket.pause();
    sleeper.send(request('/sleeper'));
    const call = await stub.call(2);
    feed(call, 60);
    const line = await waitUntil('the end', () => proxy.lines.find(({ path }) => path === '/sleeper'));
    expect(line).toMatchObject({ status: 499, error: 'client_closed' });
    expect(Number(line['bytes_out'])).toBeLessThan(40_000_000);
    await waitUntil('its end', () => stub.running === 0);
    expect(warnings).toEqual([]);
  });

  it.each(['nonsense\r\n\r\n', 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n'])(
    'is the last of its connection when %j comes meanwhile',
    async (noise) => {
      const { stub, proxy } = await given();
      const { connection, call } = await begun({ stub, proxy });
      connection.send(noise);
      chunk(call, 'second');
      await waitUntil('the second', () => connection.received.includes('second'));
      complete(call);
      expect((await connection.answer()).text).toBe('firstsecond');
      expect(await connection.ended).toBe('end');
      expect(connection.received.length).toBe(0);
    },
  );

  it('may take longer than the route gives it for its head', async () => {
    const { stub, proxy } = await given(holds, '', ', timeout: 1s');
    const [slow, late] = [await proxy.connect(), await proxy.connect()];
    slow.send(request());
    const call = await stub.call(1);
    begin(call);
    chunk(call, head);
    late.send(request());
    expect((await late.answer()).status).toBe(504);
    chunk(call, 'after');
    complete(call);
    expect((await slow.answer()).text).toBe('after');
  });
});
