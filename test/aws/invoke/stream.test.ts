import type { ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { AppError } from '../../../src/core/errors.ts';
import { streamEvent, streamMessage } from '../../../src/sandbox/aws/lambda/event-stream.ts';
import {
  addressAt,
  type Answerer,
  createCancellation,
  refuse,
  startInvokeEndpoint,
} from '../../support/aws/invoke-endpoint.ts';
import { callWith, lambdaInvoker, nobodyLeaves } from '../../support/aws/lambda-invoker.ts';
import { used } from '../../support/used.ts';
import { waitUntil } from '../../support/wait-until.ts';

const asItIs = (error: AppError): Error => error;

/** The answer of a function behind an endpoint that answers as told. */
async function streamFrom(answer: Answerer, cancellation = nobodyLeaves) {
  const endpoint = used(await startInvokeEndpoint(answer));
  const lambda = used(await lambdaInvoker());
  const target = lambda.functionAt(addressAt(endpoint.url));
  return { endpoint, answer: target.stream(callWith('{}'), cancellation, asItIs) };
}

const chunk = (text: string): Buffer => streamEvent('PayloadChunk', Buffer.from(text));
const complete = (more: object = {}): Buffer =>
  streamEvent('InvokeComplete', Buffer.from(JSON.stringify(more)));

/** Answers with an event stream of these bytes, each part in a write of its own. */
function writing(...parts: Buffer[]): Answerer {
  return async (response) => {
    response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
    for (const part of parts) {
      response.write(part);
      await turn();
    }
    response.end();
  };
}

async function failureOf(reading: Promise<unknown>): Promise<unknown> {
  return reading.then(
    () => 'no failure',
    (error: unknown) => error,
  );
}

describe('a streamed answer', () => {
  it('is asked for by its own operation, and holds what the chunks do', async () => {
    const { endpoint, answer } = await streamFrom(writing(chunk('he'), chunk(''), chunk('llo'), complete()));
    const { contentType, payload } = await answer;
    expect((await buffer(payload)).toString()).toBe('hello');
    expect(contentType).toBeUndefined();
    expect(endpoint.received[0]).toMatchObject({
      url: '/2021-11-15/functions/orders/response-streaming-invocations',
      headers: { 'x-amz-invocation-type': 'RequestResponse' },
    });
  });

  it('may come in parts that end anywhere', async () => {
    const bytes = Buffer.concat([chunk('he'), chunk('llo'), complete()]);
    for (let cut = 1; cut < bytes.length; cut += 7) {
      const { answer } = await streamFrom(writing(bytes.subarray(0, cut), bytes.subarray(cut)));
      expect((await buffer((await answer).payload)).toString()).toBe('hello');
    }
  });

  it('begins before it ends', async () => {
    let finish: (() => void) | undefined;
    const { answer } = await streamFrom((response) => {
      response.write(chunk('first'));
      finish = () => response.end(Buffer.concat([chunk('last'), complete()]));
    });
    const parts = (await answer).payload.iterator() as AsyncIterator<Buffer>;
    expect(String((await parts.next()).value)).toBe('first');
    finish?.();
    expect(String((await parts.next()).value)).toBe('last');
    expect((await parts.next()).done).toBe(true);
  });

  it('has the type that the function gave it', async () => {
    const { answer } = await streamFrom((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(complete());
    });
    expect((await answer).contentType).toBe('text/event-stream');
  });

  it('passes over events that nobody knows yet', async () => {
    const later = streamEvent('Heartbeat', Buffer.from('{}'));
    const { answer } = await streamFrom(writing(chunk('a'), later, chunk('b'), complete()));
    expect((await buffer((await answer).payload)).toString()).toBe('ab');
  });

  const endings: [string, Buffer[], object][] = [
    [
      'the function failed',
      [chunk('a'), complete({ ErrorCode: 'Unhandled', ErrorDetails: 'oops' })],
      {
        code: 'UPSTREAM_REJECTED',
        message: expect.stringContaining('Unhandled "oops"') as string,
        details: { functionError: 'Unhandled' },
      },
    ],
    [
      'AWS sends an exception',
      [
        streamMessage(
          { ':message-type': 'exception', ':exception-type': 'throttlingException' },
          Buffer.from('{}'),
        ),
      ],
      { code: 'UPSTREAM_REJECTED', message: expect.stringContaining('throttlingException') as string },
    ],
    [
      'AWS sends an error',
      [
        streamMessage(
          { ':message-type': 'error', ':error-code': 'Broken', ':error-message': 'so' },
          Buffer.alloc(0),
        ),
      ],
      { code: 'UPSTREAM_REJECTED', message: expect.stringContaining('Broken: so.') as string },
    ],
    ['it ends too early', [chunk('a')], { code: 'UPSTREAM_UNAVAILABLE', retryable: false }],
    ['it ends within a message', [chunk('a').subarray(0, 9)], { code: 'UPSTREAM_UNAVAILABLE' }],
    ['its end is garbled', [streamEvent('InvokeComplete', Buffer.from('{'))], { code: 'UPSTREAM_REJECTED' }],
    [
      'its checksum is wrong',
      [chunk('a'), Buffer.concat([chunk('b').subarray(0, -1), Buffer.from([0])])],
      { code: 'UPSTREAM_UNAVAILABLE', message: expect.stringContaining('checksum') as string },
    ],
    ['it is no event stream', [Buffer.from('plain text')], { code: 'UPSTREAM_UNAVAILABLE' }],
    [
      'it is no event stream at all',
      [Buffer.from('plain text that is longer')],
      { code: 'UPSTREAM_UNAVAILABLE' },
    ],
  ];

  it.each(endings)('fails when %s, and is not asked for again', async (_what, parts, failure) => {
    const { endpoint, answer } = await streamFrom(writing(...parts));
    const { payload } = await answer;
    expect(await failureOf(buffer(payload))).toMatchObject(failure);
    expect(endpoint.received).toHaveLength(1);
  });

  it('tells of its failure even who begins to read later', async () => {
    const { answer } = await streamFrom(writing(Buffer.concat([chunk('a'), Buffer.alloc(12)])));
    const { payload } = await answer;
    await waitUntil('the failure', () => payload.destroyed);
    expect(await failureOf(buffer(payload))).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
  });

  it('fails when the connection breaks', async () => {
    const { answer } = await streamFrom((response) => {
      response.write(chunk('a'));
      setImmediate(() => response.destroy());
    });
    expect(await failureOf(buffer((await answer).payload))).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
  });

  it('that is refused is an error as any other', async () => {
    const { answer } = await streamFrom((response) =>
      refuse(response, 404, 'ResourceNotFoundException', 'gone'),
    );
    await expect(answer).rejects.toMatchObject({ code: 'UPSTREAM_REJECTED' });
  });

  it('uses its connection again', async () => {
    const { endpoint, answer } = await streamFrom(writing(chunk('a'), complete()));
    await buffer((await answer).payload);
    expect(endpoint.sockets.size).toBe(1);
  });
});

describe('who reads a streamed answer', () => {
  it('slows it down', async () => {
    let response: ServerResponse | undefined;
    const part = streamEvent('PayloadChunk', Buffer.alloc(64 * 1024));
    const { answer } = await streamFrom((given) => {
      response = given;
      const write = (): void => {
        while (given.write(part));
        given.once('drain', write);
      };
      write();
    });
    const { payload } = await answer;
    await waitUntil('the writer to wait', () => response?.writableNeedDrain === true && isStuck(payload));
    const held = payload.readableLength;
    // What one reading of the socket brings may be more than was asked for, but there is no second one.
    expect(held).toBeLessThan(512 * 1024);
    expect(payload.readableFlowing).toBeNull();
    payload.destroy();
  });

  it('ends the call by leaving', async () => {
    const { endpoint, answer } = await streamFrom((response) => response.write(chunk('a')));
    const { payload } = await answer;
    expect(endpoint.sockets.size).toBe(1);
    payload.destroy();
    await waitUntil('the connection to be closed', () => endpoint.sockets.size === 0);
  });

  it('ends the call by its cancellation', async () => {
    const cancellation = createCancellation();
    const { endpoint, answer } = await streamFrom((response) => response.write(chunk('a')), cancellation);
    const { payload } = await answer;
    const failed = failureOf(buffer(payload));
    cancellation.cancel();
    expect(await failed).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await waitUntil('the connection to be closed', () => endpoint.sockets.size === 0);
    expect(cancellation.listeners()).toBe(0);
  });
});

/** Whether nothing more has come since it was last asked. */
const lengths = new WeakMap<object, number>();
function isStuck(payload: { readableLength: number }): boolean {
  const before = lengths.get(payload);
  lengths.set(payload, payload.readableLength);
  return before === payload.readableLength && before > 0;
}
