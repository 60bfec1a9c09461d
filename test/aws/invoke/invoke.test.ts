import type { ServerResponse } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { FunctionAddress } from '../../../src/aws/invoke/api.ts';
import { lambdaEndpoint } from '../../../src/aws/invoke/operations.ts';
import {
  addressAt,
  type Answerer,
  createCancellation,
  refuse,
  startInvokeEndpoint,
} from '../../support/aws/invoke-endpoint.ts';
import { callWith, lambdaInvoker, nobodyLeaves, traceId } from '../../support/aws/lambda-invoker.ts';
import { used } from '../../support/used.ts';
import { waitUntil } from '../../support/wait-until.ts';

/** A function behind an endpoint that answers as told. */
async function functionBehind(answer: Answerer, more: Partial<FunctionAddress> = {}) {
  const endpoint = used(await startInvokeEndpoint(answer));
  const lambda = used(await lambdaInvoker());
  return { endpoint, lambda, target: lambda.functionAt(addressAt(endpoint.url, more)) };
}

const echo: Answerer = (response, { body }) => response.end(body);

/** Answers each call with the next of these; the last one answers all further calls. */
function inTurn(...answers: Answerer[]): Answerer {
  const left = [...answers];
  return (response, received) => (left.length > 1 ? left.shift() : left[0])?.(response, received);
}

const throttled =
  (retryAfter?: string): Answerer =>
  (response) => {
    if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter);
    refuse(response, 429, 'TooManyRequestsException', 'Rate Exceeded.');
  };

describe('a call', () => {
  it('posts the event, signed, with its type and trace', async () => {
    const { endpoint, target } = await functionBehind(echo);
    const answer = await target.invoke(callWith('{"ä":"☃"}'), nobodyLeaves);
    expect(answer).toMatchObject({ status: 200, functionError: undefined });
    expect(answer.payload.toString()).toBe('{"ä":"☃"}');
    expect(endpoint.received[0]).toMatchObject({
      url: '/2015-03-31/functions/orders/invocations',
      headers: { 'x-amz-invocation-type': 'RequestResponse', 'x-amzn-trace-id': traceId },
    });
  });

  it.each<[Partial<FunctionAddress>, string]>([
    [{ qualifier: 'prod' }, 'orders/invocations?Qualifier=prod'],
    [{ qualifier: '$LATEST' }, 'orders/invocations?Qualifier=%24LATEST'],
    [{ functionName: '123456789012:function:orders' }, '123456789012%3Afunction%3Aorders/invocations'],
    [
      { functionName: 'arn:aws:lambda:eu-west-1:123456789012:function:orders', region: 'us-east-1' },
      'arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Aorders/invocations',
    ],
  ])('names the function of %j', async (address, path) => {
    const { endpoint, target } = await functionBehind(echo, address);
    await target.invoke(callWith('{}'), nobodyLeaves);
    expect(endpoint.received[0]?.url).toBe(`/2015-03-31/functions/${path}`);
  });

  it('keeps the path of an endpoint', async () => {
    const endpoint = used(await startInvokeEndpoint(echo));
    const lambda = used(await lambdaInvoker());
    await lambda.functionAt(addressAt(`${endpoint.url}/base`)).invoke(callWith('{}'), nobodyLeaves);
    expect(endpoint.received[0]?.url).toBe('/base/2015-03-31/functions/orders/invocations');
  });

  it('gives the headers that are not of the connection, and the error of the function', async () => {
    const { target } = await functionBehind((response) => {
      response.setHeader('X-Amz-Function-Error', 'Unhandled');
      response.setHeader('X-Amz-Executed-Version', '$LATEST');
      response.setHeader('X-Two', ['a', 'b']);
      response.sendDate = false;
      response.end('{"errorType":"Error"}');
    });
    const answer = await target.invoke(callWith('{}'), nobodyLeaves);
    expect(answer.functionError).toBe('Unhandled');
    expect(answer.headers).toEqual([
      ['x-amz-function-error', 'Unhandled'],
      ['x-amz-executed-version', '$LATEST'],
      ['x-two', 'a'],
      ['x-two', 'b'],
    ]);
  });

  it('puts an answer of several parts together', async () => {
    const body = Buffer.alloc(3_000_000, 'abc');
    const { target } = await functionBehind((response) => response.end(body));
    const { payload } = await target.invoke(callWith('{}'), nobodyLeaves);
    expect(payload.equals(body)).toBe(true);
  });

  it('that nobody waits for is handed over as an event', async () => {
    const { endpoint, target } = await functionBehind((response) => response.writeHead(202).end());
    const answer = await target.enqueue(callWith('{}'), nobodyLeaves);
    expect(answer).toMatchObject({ status: 202, payload: Buffer.alloc(0) });
    expect(endpoint.received[0]?.headers['x-amz-invocation-type']).toBe('Event');
  });

  it('uses connections again', async () => {
    const { endpoint, target } = await functionBehind(echo);
    for (let at = 0; at < 10; at += 1) await target.invoke(callWith('{}'), nobodyLeaves);
    // A call that follows another at once may find its connection busy for a moment longer.
    expect(endpoint.sockets.size).toBeLessThanOrEqual(2);
  });

  it('leaves nobody to be told of a cancellation once it is answered', async () => {
    const { target } = await functionBehind(echo);
    const cancellation = createCancellation();
    await target.invoke(callWith('{}'), cancellation);
    expect(cancellation.listeners()).toBe(0);
  });
});

describe('what Lambda refuses', () => {
  it.each<[number, string, string]>([
    [404, 'ResourceNotFoundException', 'UPSTREAM_REJECTED'],
    [400, 'InvalidRequestContentException', 'UPSTREAM_REJECTED'],
    [500, 'ServiceException', 'UPSTREAM_REJECTED'],
    [502, 'EC2ThrottledException', 'UPSTREAM_REJECTED'],
    [413, 'RequestTooLargeException', 'TOO_LARGE'],
    [403, 'AccessDeniedException', 'UPSTREAM_AUTH'],
    [403, 'ExpiredTokenException', 'UPSTREAM_AUTH'],
    [403, 'UnrecognizedClientException', 'UPSTREAM_AUTH'],
  ])('with %i %s is %s, and sent once', async (status, type, code) => {
    const { endpoint, target } = await functionBehind((response) =>
      refuse(response, status, type, 'because'),
    );
    await expect(target.invoke(callWith('{}'), nobodyLeaves)).rejects.toMatchObject({
      code,
      message: expect.stringContaining('because') as string,
      details: { error: type, status },
    });
    expect(endpoint.received).toHaveLength(1);
  });

  it('is named by the body where no header does', async () => {
    const body = JSON.stringify({ __type: 'com.amazonaws#ServiceException', Message: 'so' });
    const { target } = await functionBehind((response) => response.writeHead(500).end(body));
    await expect(target.invoke(callWith('{}'), nobodyLeaves)).rejects.toMatchObject({
      details: { error: 'ServiceException' },
      message: 'Lambda refused lambda:InvokeFunction of orders with 500: ServiceException: so.',
    });
  });

  it('and is no JSON is quoted', async () => {
    const { target } = await functionBehind((response) => response.writeHead(503).end('<html>'));
    await expect(target.invoke(callWith('{}'), nobodyLeaves)).rejects.toMatchObject({
      code: 'UPSTREAM_REJECTED',
      message: expect.stringContaining('503: Unknown503: <html>') as string,
    });
  });
});

describe('a throttled call', () => {
  it('is sent again', async () => {
    const { endpoint, target } = await functionBehind(inTurn(throttled(), throttled(), echo));
    const { payload } = await target.invoke(callWith('"a"'), nobodyLeaves);
    expect(payload.toString()).toBe('"a"');
    expect(endpoint.received).toHaveLength(3);
  });

  it('is given up after three attempts, with the wait that Lambda asks for', async () => {
    const { endpoint, target } = await functionBehind(throttled('0'));
    const refused = { code: 'UPSTREAM_THROTTLED', retryAfterMs: 0 };
    await expect(target.invoke(callWith('{}'), nobodyLeaves)).rejects.toMatchObject(refused);
    expect(endpoint.received).toHaveLength(3);
  });

  it('is not sent again when that wait is too long to keep a client waiting', async () => {
    const { endpoint, target } = await functionBehind(throttled('30'));
    const refused = { code: 'UPSTREAM_THROTTLED', retryAfterMs: 30_000 };
    await expect(target.invoke(callWith('{}'), nobodyLeaves)).rejects.toMatchObject(refused);
    expect(endpoint.received).toHaveLength(1);
  });

  it('is not sent again once its client has left', async () => {
    const { endpoint, target } = await functionBehind(throttled('4'));
    const cancellation = createCancellation();
    const invoked = target.invoke(callWith('{}'), cancellation);
    const failure = invoked.catch((error: unknown) => error);
    await waitUntil('the wait', () => endpoint.received.length === 1 && cancellation.listeners() === 1);
    cancellation.cancel();
    expect(await failure).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(endpoint.received).toHaveLength(1);
  });
});

describe('a connection', () => {
  it('that is refused is tried again, and told of', async () => {
    const { endpoint, target } = await functionBehind(echo);
    await endpoint[Symbol.asyncDispose]();
    await expect(target.invoke(callWith('{}'), nobodyLeaves)).rejects.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      retryable: true,
      message: expect.stringContaining('ECONNREFUSED') as string,
    });
  });

  it('to a host that does not exist is told of', async () => {
    const lambda = used(await lambdaInvoker());
    const target = lambda.functionAt(addressAt('http://nowhere.invalid:4566'));
    await expect(target.invoke(callWith('{}'), nobodyLeaves)).rejects.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      retryable: true,
    });
  });

  const breaks: [string, Answerer][] = [
    ['before the answer', (response) => response.destroy()],
    ['within the head', (response) => void response.socket?.end('HTTP/1.1 200 OK\r\nconten')],
    ['within the body', cutBody],
  ];

  it.each(breaks)('that breaks %s is never used for a second attempt', async (_when, answer) => {
    const { endpoint, target } = await functionBehind(answer);
    await expect(target.invoke(callWith('{}'), nobodyLeaves)).rejects.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      retryable: false,
      message: expect.stringContaining('may have run') as string,
    });
    expect(endpoint.received).toHaveLength(1);
  });

  it('that breaks before the request was read whole is no reason to send it again', async () => {
    let connections = 0;
    const server = createServer((socket: Socket) => {
      connections += 1;
      socket.once('data', () => socket.resetAndDestroy());
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    used({ [Symbol.asyncDispose]: async () => void server.close() });
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const lambda = used(await lambdaInvoker());
    const target = lambda.functionAt(addressAt(`http://127.0.0.1:${port}`));
    await expect(target.invoke(callWith('{}'), nobodyLeaves)).rejects.toMatchObject({ retryable: false });
    expect(connections).toBe(1);
  });

  it('without an answer in time is given up', async () => {
    const { endpoint, target } = await functionBehind(() => {}, { timeoutMs: 50 });
    await expect(target.invoke(callWith('{}'), nobodyLeaves)).rejects.toMatchObject({
      code: 'UPSTREAM_TIMEOUT',
      retryable: false,
    });
    expect(endpoint.received).toHaveLength(1);
  });

  it('is freed when the client leaves', async () => {
    const { endpoint, target } = await functionBehind(() => {});
    const cancellation = createCancellation();
    const invoked = target.invoke(callWith('{}'), cancellation);
    const failure = invoked.catch((error: unknown) => error);
    await waitUntil('the call', () => endpoint.received.length === 1);
    cancellation.cancel();
    expect(await failure).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await waitUntil('the connection to be closed', () => endpoint.sockets.size === 0);
  });

  it('is not opened for a client who has left', async () => {
    const { endpoint, target } = await functionBehind(echo);
    const cancellation = createCancellation();
    cancellation.cancel();
    await expect(target.invoke(callWith('{}'), cancellation)).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    expect(endpoint.received).toEqual([]);
  });

  it('does not outlive the client', async () => {
    const { endpoint, lambda, target } = await functionBehind(echo);
    await Promise.all(Array.from({ length: 5 }, () => target.invoke(callWith('{}'), nobodyLeaves)));
    expect(endpoint.sockets.size).toBe(5);
    await lambda.close();
    await waitUntil('all connections to be closed', () => endpoint.sockets.size === 0);
  });
});

it.each([
  ['eu-west-1', 'https://lambda.eu-west-1.amazonaws.com'],
  ['cn-north-1', 'https://lambda.cn-north-1.amazonaws.com.cn'],
  ['us-gov-west-1', 'https://lambda.us-gov-west-1.amazonaws.com'],
  ['eusc-de-east-1', 'https://lambda.eusc-de-east-1.amazonaws.eu'],
  ['us-iso-east-1', 'https://lambda.us-iso-east-1.c2s.ic.gov'],
  ['us-isob-east-1', 'https://lambda.us-isob-east-1.sc2s.sgov.gov'],
])('finds Lambda of %s', (region, endpoint) => {
  expect(lambdaEndpoint(region)).toBe(endpoint);
});

function cutBody(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': 100 });
  response.write('{');
  setImmediate(() => response.destroy());
}
