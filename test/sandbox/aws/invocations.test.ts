import { InvokeCommand, InvokeWithResponseStreamCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultsInTurn } from '../../support/aws/faults.ts';
import { addFunction, type FunctionCode } from '../../../src/sandbox/aws/world.ts';
import { sandboxAws } from '../../support/aws/sandbox-aws.ts';

let aws: Awaited<ReturnType<typeof sandboxAws>>;
let lambda: LambdaClient;

beforeAll(async () => {
  aws = await sandboxAws();
  lambda = new LambdaClient({ ...aws.target, maxAttempts: 1 });
});
afterAll(() => aws.close());

const FunctionName = 'orders';

function does(code: FunctionCode): void {
  addFunction(aws.world, FunctionName).code = code;
}

async function* parts(...texts: string[]): AsyncGenerator<string> {
  for (const text of texts) yield text;
}

/** The chunks and the end of a streamed answer, as the SDK reads them. */
async function streamed(): Promise<{ chunks: string[]; code: string | undefined }> {
  const { EventStream } = await lambda.send(new InvokeWithResponseStreamCommand({ FunctionName }));
  const chunks: string[] = [];
  for await (const { PayloadChunk, InvokeComplete } of EventStream ?? []) {
    if (PayloadChunk) chunks.push(Buffer.from(PayloadChunk.Payload ?? []).toString());
    if (InvokeComplete) return { chunks, code: InvokeComplete.ErrorCode };
  }
  throw new Error('a stream without an end');
}

describe('functions of the sandbox', () => {
  it('run as JavaScript, on the bytes of the event', async () => {
    does(({ event }) => Buffer.concat([event, Buffer.from(' ')]));
    const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload: '{"ä": 1}' }));
    expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
    expect(answer.Payload?.transformToString()).toBe('{"ä": 1} ');
  });

  it('may answer in parts, to calls of both kinds', async () => {
    does(() => parts('he', 'llo'));
    const { Payload } = await lambda.send(new InvokeCommand({ FunctionName }));
    expect(Payload?.transformToString()).toBe('hello');
    expect(await streamed()).toEqual({ chunks: ['he', 'llo'], code: undefined });
  });

  it('may fail in their answers', async () => {
    does(async function* () {
      yield 'he';
      throw new Error('oops');
    });
    const { FunctionError } = await lambda.send(new InvokeCommand({ FunctionName }));
    expect(FunctionError).toBe('Unhandled');
    expect(await streamed()).toEqual({ chunks: ['he'], code: 'Unhandled' });
  });

  it('are throttled with the time to wait', async () => {
    does(() => '');
    aws.faults.strike = faultsInTurn('Invoke', ['throttle']);
    await expect(lambda.send(new InvokeCommand({ FunctionName }))).rejects.toMatchObject({
      name: 'TooManyRequestsException',
      retryAfterSeconds: '1',
    });
  });
});
