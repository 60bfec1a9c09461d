import type { Dispatcher } from 'undici';
import type { Clock } from '../../core/clock.ts';
import { type CallOff, type Deadline, whileWanted } from '../../core/deadline.ts';
import { AppError } from '../../core/errors.ts';
import type { Random } from '../../core/random.ts';
import { retry, type RetryPolicy } from '../../core/retry.ts';
import type { Invoked } from '../../http/message.ts';
import { type AwsRequest, describe } from '../errors.ts';
import type { Credentials } from '../signer.ts';
import { AnswerStream } from './answer-stream.ts';
import type { FunctionAddress, FunctionCall, LambdaFunction, StreamedAnswer } from './api.ts';
import { type CredentialSource, sendWithCredentials } from '../transport/credentials.ts';
import { type Answer, calledOff, exchange, type OpenStream } from './exchange.ts';
import type { Operation, Operations } from './operations.ts';
import { refusalIn, valueOf } from './refusal.ts';

/** What one function is invoked with. */
export interface FunctionParts {
  readonly address: FunctionAddress;
  readonly operations: Operations;
  readonly pool: Dispatcher;
  readonly credentials: CredentialSource;
  readonly clock: Clock;
  readonly random: Random;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** For calls that did not run: throttled ones, and those that found no connection. */
const policy: RetryPolicy = { attempts: 3, baseMs: 100, maxMs: 1_000 };
/** No call is sent again later than this after it came: its client learns when to come back, which is better than waiting. */
const repeatWithinMs = 5_000;
const eventStream = 'application/vnd.amazon.eventstream';

/** Invokes one function; see {@link LambdaFunction}. */
export function createFunction(parts: FunctionParts): LambdaFunction {
  const { address, operations, clock, random } = parts;
  const { functionName, qualifier, timeoutMs } = address;
  const resource = qualifier === undefined ? functionName : `${functionName}:${qualifier}`;
  const request: AwsRequest = { action: 'lambda:InvokeFunction', resource };

  function repeated(operation: Operation, call: FunctionCall, callOff: CallOff, openStream?: OpenStream) {
    const attempt: Attempt = { parts, operation, call, callOff, request, openStream };
    const deadline = repeatsUntil(clock, Math.min(timeoutMs, repeatWithinMs), callOff, request);
    return retry(policy, deadline, random, () => send(attempt));
  }

  return {
    invoke: async (call, callOff) => invoked(await repeated(operations.invoke, call, callOff)),
    enqueue: async (call, callOff) => invoked(await repeated(operations.enqueue, call, callOff)),
    stream: async (call, callOff, failure) =>
      streamed(
        await repeated(
          operations.stream,
          call,
          callOff,
          (controller) => new AnswerStream(request, controller, failure),
        ),
        request,
      ),
  };
}

/** Until when a call may be sent again. A signal is made only once something is waited for. */
function repeatsUntil(clock: Clock, ms: number, callOff: CallOff, request: AwsRequest): Deadline {
  const end = clock.now() + ms;
  return {
    clock,
    remaining: () => end - clock.now(),
    get signal() {
      const controller = new AbortController();
      const abort = (): void => controller.abort(calledOff(request));
      if (callOff.cancelled) abort();
      else callOff.onCancel(abort);
      return controller.signal;
    },
  };
}

interface Attempt {
  readonly parts: FunctionParts;
  readonly operation: Operation;
  readonly call: FunctionCall;
  readonly callOff: CallOff;
  readonly request: AwsRequest;
  readonly openStream: OpenStream | undefined;
}

function send(attempt: Attempt): Promise<Answer> {
  const { parts, request, callOff } = attempt;
  return sendWithCredentials(
    parts.credentials,
    (credentials) => sendWith(attempt, credentials),
    (result) => whileWanted(callOff, result, () => calledOff(request)),
  );
}

/** @throws AppError as `exchange`, and as `refusalIn` for what is no success */
async function sendWith(
  { parts, operation, call, callOff, request, openStream }: Attempt,
  credentials: Credentials,
): Promise<Answer> {
  const { pool, address, now } = parts;
  const headers = operation.signer.sign(call.payload, credentials, now());
  headers.push('x-amzn-trace-id', call.traceId);
  const options: Dispatcher.DispatchOptions = {
    method: 'POST',
    path: operation.path,
    headers,
    body: call.payload,
    headersTimeout: address.timeoutMs,
    bodyTimeout: address.timeoutMs,
  };
  const answer = await exchange(pool, options, { request, callOff, openStream });
  if (isSuccess(answer)) return answer;
  throw refusalIn(answer, request, now());
}

function isSuccess({ status }: Answer): boolean {
  return status >= 200 && status < 300;
}

function invoked({ status, headers, body }: Answer): Invoked {
  return { status, headers, functionError: valueOf(headers, 'x-amz-function-error'), payload: body };
}

function streamed({ status, headers, stream }: Answer, request: AwsRequest): StreamedAnswer {
  if (stream === undefined) {
    const message = `Lambda answered ${describe(request)} with ${status}, which is no stream.`;
    throw new AppError('UPSTREAM_REJECTED', message);
  }
  const type = valueOf(headers, 'content-type');
  return { contentType: type === eventStream ? undefined : type, payload: stream };
}
