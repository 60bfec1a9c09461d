import { AppError } from '../../core/errors.ts';
import { type AwsRequest, awsError, describe } from '../errors.ts';
import { createSigner, type Credentials, type Signer } from '../signer.ts';
import type { Connections } from './connections.ts';
import { type CredentialSource, sendWithCredentials } from './credentials.ts';
import { toldError } from './told-error.ts';

/** A service that speaks JSON 1.1, and where it is. */
export interface JsonService {
  /** As in the signature, such as `servicediscovery`. */
  readonly service: string;
  /** What stands before operations in `X-Amz-Target`. */
  readonly targetPrefix: string;
  readonly region: string;
  /** URL without a slash at the end. */
  readonly endpoint: string;
  /** AWS's own, not some endpoint that was given. */
  readonly isOwn: boolean;
}

export interface JsonParts {
  readonly connections: Connections;
  readonly credentials: CredentialSource;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** One operation of a service, once. */
interface JsonCall {
  readonly operation: string;
  readonly input: object;
  /** For messages. */
  readonly request: AwsRequest;
  readonly signal: AbortSignal;
}

/**
 * Sends a call and gives the JSON text of its answer. Rejects with an AppError as `awsError` says, or with the reason of
 * the signal.
 */
export type JsonApi = (call: JsonCall) => Promise<string>;

const contentType = 'application/x-amz-json-1.1';
/** More than a thousand instances with thirty attributes each of full length come to. */
const largestBody = 64 * 1024 * 1024;

/** Calls a service by https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html, signed by ourselves. */
export function createJsonApi(service: JsonService, { connections, credentials, now }: JsonParts): JsonApi {
  const url = new URL(`${service.endpoint}/`);
  const pool = connections.to(url.origin, service.isOwn);
  const signers = new Map<string, Signer>();

  function signerOf(operation: string): Signer {
    const known = signers.get(operation);
    if (known) return known;
    const headers = { 'content-type': contentType, 'x-amz-target': `${service.targetPrefix}.${operation}` };
    const signer = createSigner(service, { method: 'POST', url, headers });
    signers.set(operation, signer);
    return signer;
  }

  async function send(call: JsonCall, body: string, by: Credentials): Promise<string> {
    const { operation, request, signal } = call;
    const answer = await pool.request({
      method: 'POST',
      path: url.pathname,
      headers: signerOf(operation).sign(body, by, now()),
      body,
      signal,
    });
    const type = answer.headers['x-amzn-errortype'];
    const bytes = await readBody(answer.body, request);
    if (answer.statusCode === 200) return bytes.toString();
    throw toldError({
      status: answer.statusCode,
      type: typeof type === 'string' ? type : undefined,
      body: bytes,
    });
  }

  return (call) => {
    const body = JSON.stringify(call.input);
    return sendWithCredentials(credentials, async (by) => {
      try {
        return await send(call, body, by);
      } catch (cause) {
        call.signal.throwIfAborted();
        throw awsError(cause, call.request);
      }
    });
  };
}

async function readBody(body: AsyncIterable<Buffer>, request: AwsRequest): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > largestBody) {
      const message = `The answer to ${describe(request)} has more than ${largestBody} bytes.`;
      throw new AppError('UPSTREAM_REJECTED', message);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}
