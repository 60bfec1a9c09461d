import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { messageOf } from '../../../core/errors.ts';
import type { HttpAnswer } from '../answers.ts';
import { ApiError } from '../api.ts';
import type { FunctionAnswer, FunctionCode, World } from '../world.ts';
import { streamEvent } from './event-stream.ts';
import { versionOf } from './functions.ts';
import { findFunction, functionName } from './names.ts';

const inputSchema = z.object({
  FunctionName: functionName,
  Qualifier: z.string().optional(),
  InvocationType: z.enum(['RequestResponse', 'Event', 'DryRun']).default('RequestResponse'),
  TraceId: z.string().default(''),
  Payload: z.instanceof(Buffer),
});

type Input = z.output<typeof inputSchema>;

/** Largest events, of calls that wait and of those that do not. */
const largest = { RequestResponse: 6_291_556, Event: 1_048_576, DryRun: 6_291_556 };

/** Calls of functions, by operation: what they need of requests, and answer, is not JSON as all else is. */
export const lambdaInvocations: Readonly<
  Record<string, (input: unknown, world: World) => Promise<HttpAnswer>>
> = {
  Invoke: async (input, world) => {
    const call = readInput(input);
    const { code, version } = codeFor(call, world);
    if (call.InvocationType === 'DryRun') return answer(204, version, '');
    const outcome = run(code, call).then(whole);
    if (call.InvocationType === 'Event') {
      // What becomes of it nobody is told, as at AWS without a destination.
      outcome.catch(() => {});
      return answer(202, version, '');
    }
    try {
      return answer(200, version, await outcome);
    } catch (error) {
      const failed = answer(200, version, errorJson(error));
      return { ...failed, headers: { ...failed.headers, 'x-amz-function-error': 'Unhandled' } };
    }
  },

  InvokeWithResponseStream: async (input, world) => {
    const call = readInput(input);
    const { code, version } = codeFor(call, world);
    const { headers } = answer(200, version, '');
    return {
      status: 200,
      headers: { ...headers, 'content-type': 'application/vnd.amazon.eventstream' },
      body: eventsOf(code, call),
    };
  },
};

function readInput(input: unknown): Input {
  const parsed = inputSchema.safeParse(input);
  if (!parsed.success) throw new ApiError('ValidationException', z.prettifyError(parsed.error));
  const { Payload, InvocationType } = parsed.data;
  if (Payload.length > largest[InvocationType]) {
    const limit = `${largest[InvocationType]} bytes`;
    throw new ApiError('RequestTooLargeException', `Request must be smaller than ${limit}`, 413);
  }
  if (Payload.length > 0 && !isJson(Payload)) {
    throw new ApiError('InvalidRequestContentException', 'Could not parse request body into json');
  }
  return parsed.data;
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString());
    return true;
  } catch {
    return false;
  }
}

function codeFor(call: Input, world: World): { code: FunctionCode; version: string } {
  const found = findFunction(world, call.FunctionName);
  const qualifier = /:function:[^:]+:(.+)$/.exec(call.FunctionName)?.[1] ?? call.Qualifier;
  return { code: found.code ?? noCode, version: versionOf(found, qualifier).Version };
}

/** What a function without a file for its handler says. */
const noCode: FunctionCode = () => {
  const error = new Error("Error: Cannot find module 'index'");
  error.name = 'Runtime.ImportModuleError';
  throw error;
};

async function run(code: FunctionCode, { Payload, TraceId }: Input): Promise<FunctionAnswer> {
  return code({ event: Payload, traceId: TraceId });
}

async function whole(answered: FunctionAnswer): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of partsOf(answered)) parts.push(part);
  return Buffer.concat(parts);
}

async function* eventsOf(code: FunctionCode, call: Input): AsyncGenerator<Buffer> {
  try {
    for await (const part of partsOf(await run(code, call))) yield streamEvent('PayloadChunk', part);
    yield streamEvent('InvokeComplete', Buffer.from('{}'));
  } catch (error) {
    const failed = { ErrorCode: 'Unhandled', ErrorDetails: errorJson(error) };
    yield streamEvent('InvokeComplete', Buffer.from(JSON.stringify(failed)));
  }
}

async function* partsOf(answered: FunctionAnswer): AsyncGenerator<Buffer> {
  if (typeof answered === 'string' || Buffer.isBuffer(answered)) yield Buffer.from(answered);
  else for await (const part of answered) yield Buffer.from(part);
}

function errorJson(error: unknown): string {
  const errorType = error instanceof Error ? error.name : 'Error';
  return JSON.stringify({ errorType, errorMessage: messageOf(error), trace: [] });
}

function answer(status: number, version: string, body: string | Buffer): HttpAnswer {
  const headers = { 'x-amzn-requestid': randomUUID(), 'x-amz-executed-version': version };
  return { status, headers: { ...headers, 'content-type': 'application/json' }, body };
}
