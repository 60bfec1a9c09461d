import { createSigner, percentEncoded, type Signer } from '../signer.ts';
import { regionalEndpoint } from '../transport/endpoints.ts';
import type { FunctionAddress } from './api.ts';

/** One operation of Lambda on one function: everything of its requests that is always the same. */
export interface Operation {
  readonly path: string;
  readonly signer: Signer;
}

export interface Operations {
  readonly invoke: Operation;
  readonly enqueue: Operation;
  readonly stream: Operation;
}

/**
 * The requests of one function (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html and
 * API_InvokeWithResponseStream.html). The colons of ARNs are percent-encoded, as the signature wants them.
 */
export function operationsOf(
  { functionName, qualifier }: FunctionAddress,
  endpoint: string,
  region: string,
): Operations {
  const name = percentEncoded(functionName);
  const query = qualifier === undefined ? '' : `?Qualifier=${percentEncoded(qualifier)}`;

  function operation(path: string, type: 'RequestResponse' | 'Event'): Operation {
    const url = new URL(`${endpoint}${path}${query}`);
    const headers = { 'content-type': 'application/json', 'x-amz-invocation-type': type };
    const signer = createSigner({ service: 'lambda', region }, { method: 'POST', url, headers });
    return { path: `${url.pathname}${url.search}`, signer };
  }

  const invocations = `/2015-03-31/functions/${name}/invocations`;
  const streams = `/2021-11-15/functions/${name}/response-streaming-invocations`;
  return {
    invoke: operation(invocations, 'RequestResponse'),
    enqueue: operation(invocations, 'Event'),
    stream: operation(streams, 'RequestResponse'),
  };
}

/** Where Lambda is in a region (https://docs.aws.amazon.com/general/latest/gr/lambda-service.html). */
export function lambdaEndpoint(region: string): string {
  return regionalEndpoint('lambda', region);
}
