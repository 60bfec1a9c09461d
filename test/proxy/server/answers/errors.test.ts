import { describe, expect, it } from 'vitest';
import { type FunctionCall, routeTo, useFunction } from '../../../support/proxy/function-stub.ts';
import { post, request } from '../../../support/http/connection.ts';
import { useProxy } from '../../../support/proxy/served-proxy.ts';

const secret = 'arn:aws:lambda:eu-west-1:123456789012:function:secret at /var/task/index.js:1:2';
const functionError = { errorType: 'Error', errorMessage: secret, trace: [secret] };

const badGateway = '{"message":"Bad Gateway"}';
const internal = '{"message":"Internal Server Error"}';

interface Case {
  readonly of: string;
  readonly answer: (call: FunctionCall) => void;
  readonly kind: string;
  readonly status: number;
  readonly body: string;
  readonly retryAfter?: string;
}

const cases: Case[] = [
  {
    of: 'an error of the function in the answer',
    answer: (call) => call.answer(functionError),
    kind: 'function_error',
    status: 500,
    body: internal,
  },
  {
    of: 'an error of the function that a header tells',
    answer: (call) =>
      call.answer({ statusCode: 200, body: secret }, 200, { 'X-Amz-Function-Error': 'Handled' }),
    kind: 'function_error',
    status: 500,
    body: internal,
  },
  {
    of: 'no usable answer',
    answer: (call) => call.answer({ statusCode: 'none', body: secret }),
    kind: 'bad_response',
    status: 500,
    body: internal,
  },
  {
    of: 'an answer that is too large',
    answer: (call) => call.answer(Buffer.alloc(17 * 1024 * 1024, 'a')),
    kind: 'bad_response',
    status: 500,
    body: internal,
  },
  {
    of: 'a function that ran out of time',
    answer: (call) =>
      call.answer(Buffer.from('2026-11-20T09:00:00.000Z 8a5e Task timed out after 3.00 seconds')),
    kind: 'function_timeout',
    status: 504,
    body: '{"message":"Gateway Timeout"}',
  },
  {
    of: 'a runtime that ended',
    answer: (call) => call.answer(Buffer.alloc(0)),
    kind: 'function_exit',
    status: 502,
    body: badGateway,
  },
  {
    of: 'a runtime that ended, as newer emulators tell it',
    answer: (call) => call.answer({ errorType: 'Runtime.ExitError', errorMessage: secret }, 502),
    kind: 'function_exit',
    status: 502,
    body: badGateway,
  },
  {
    of: 'a connection that breaks',
    answer: (call) => call.breakOff(),
    kind: 'function_exit',
    status: 502,
    body: badGateway,
  },
  {
    of: 'a connection that breaks within the answer',
    answer: (call) => {
      call.response.writeHead(200, { 'content-length': '100' });
      call.response.write('{"statusCode":200', () => call.breakOff());
    },
    kind: 'function_exit',
    status: 502,
    body: badGateway,
  },
  {
    of: 'an unknown function',
    answer: (call) =>
      call.answer({ Message: secret }, 404, { 'x-amzn-errortype': 'ResourceNotFoundException' }),
    kind: 'invoke_rejected',
    status: 502,
    body: badGateway,
  },
  {
    of: 'an error of the emulator',
    answer: (call) => call.answer(secret, 500),
    kind: 'invoke_rejected',
    status: 502,
    body: badGateway,
  },
  {
    of: 'a redirection',
    answer: (call) => call.answer(secret, 302, { location: '/elsewhere' }),
    kind: 'invoke_rejected',
    status: 502,
    body: badGateway,
  },
  {
    of: 'too many calls',
    answer: (call) => call.answer({ Reason: secret }, 429),
    kind: 'throttled',
    status: 429,
    body: '{"message":"Too Many Requests"}',
    retryAfter: '1',
  },
  {
    of: 'an event that is too large',
    answer: (call) => call.answer(secret, 413),
    kind: 'too_large',
    status: 413,
    body: '{"message":"Payload Too Large"}',
  },
];

describe('what clients see', () => {
  it.each(cases)(
    'of $of is the fixed text of $kind, and nothing of its cause',
    async ({ answer, kind, status, body, retryAfter }) => {
      const stub = await useFunction(answer);
      const proxy = await useProxy(routeTo(stub.url));
      const connection = await proxy.connect();
      for (let turn = 0; turn < 2; turn += 1) {
        connection.send(post('{"a":1}', ['Content-Type: application/json']));
        const seen = await connection.answer();
        expect(seen).toMatchObject({ status, text: body });
        expect(seen.header('content-type')).toBe('application/json');
        expect(seen.header('content-length')).toBe(String(body.length));
        expect(seen.header('retry-after')).toBe(retryAfter);
        expect(
          seen.headers
            .map(([name]) => name)
            .filter((name) => name !== 'retry-after')
            .toSorted(),
        ).toEqual(
          [
            'connection',
            'content-length',
            'content-type',
            'date',
            'keep-alive',
            'x-amzn-trace-id',
          ].toSorted(),
        );
        expect(JSON.stringify(seen.headers)).not.toMatch(/arn:|\/var\/task|127\.0\.0\.1/);
      }
      expect(proxy.lines).toMatchObject([
        { status, error: kind, route: 'foo.test' },
        { status, error: kind },
      ]);
      expect(await proxy.metric('lambda_proxy_invoke_errors_total', { route: 'foo.test', kind })).toBe(2);
      expect(
        await proxy.metric('lambda_proxy_requests_total', { route: 'foo.test', code: String(status) }),
      ).toBe(2);
      expect(await proxy.route()).toMatchObject({ in_use: 0, queued: 0 });
      expect(stub.calls.length).toBe(2);
    },
  );

  it('of a failure has no body for HEAD', async () => {
    const stub = await useFunction((call) => call.answer(functionError));
    const proxy = await useProxy(routeTo(stub.url));
    const connection = await proxy.connect();
    connection.send(request('/', 'foo.test', [], 'HEAD') + request('/ping'));
    expect(await connection.answer('HEAD')).toMatchObject({ status: 500, text: '' });
    expect((await connection.answer()).text).toBe('pong');
  });
});

describe('errors of functions in other formats', () => {
  const ask = async (format: string, answer: (call: FunctionCall) => void) => {
    const stub = await useFunction(answer);
    const proxy = await useProxy(routeTo(stub.url, `format: ${format}`));
    return { answer: await proxy.ask(request()), proxy };
  };

  it.each(['function-url', 'apigw-v1', 'alb', 'raw'])('are 502 in %s', async (format) => {
    const { answer } = await ask(format, (call) => call.answer(functionError));
    expect(answer).toMatchObject({ status: 502, text: internal });
  });

  it('are passed on in envoy', async () => {
    const { answer, proxy } = await ask('envoy', (call) => call.answer(functionError));
    expect(answer).toMatchObject({ status: 200, text: JSON.stringify(functionError) });
    expect(answer.header('x-amz-function-error')).toBe('Unhandled');
    expect(proxy.lines).toMatchObject([{ status: 200, error: 'function_error' }]);
    expect(await proxy.metric('lambda_proxy_invoke_errors_total', { kind: 'function_error' })).toBe(1);
  });

  it.each([['text'], [[1]], [{ headers: { a: 1 } }], [{ body: {} }], [{ status_code: 'x' }]])(
    'are 500 without a body in envoy where the answer is %j',
    async (payload) => {
      const { answer, proxy } = await ask('envoy', (call) => call.answer(payload));
      expect(answer).toMatchObject({ status: 500, text: '' });
      expect(answer.header('content-length')).toBe('0');
      expect(proxy.lines).toMatchObject([{ error: 'bad_response' }]);
    },
  );

  it('leave raw payloads as they came', async () => {
    const payload = Buffer.from('{"statusCode":404,"body":"x"}');
    const { answer } = await ask('raw', (call) => call.answer(payload));
    expect(answer).toMatchObject({ status: 200, text: payload.toString() });
  });
});
