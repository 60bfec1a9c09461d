import { isPlainObject } from '../../core/objects.ts';
import { jsonIn } from './json.ts';

/** An answer that is no success. */
export interface Refused {
  readonly status: number;
  /** The header `x-amzn-errortype`. */
  readonly type: string | undefined;
  readonly body: Buffer;
}

/** What such an answer says, in the shape in which the SDK throws it. */
export interface ToldError extends Error {
  readonly $metadata: { readonly httpStatusCode: number };
}

const longestMessage = 500;

/**
 * The error of an answer, for `awsError` to judge. Its name is the header's or the body's, without its namespace and what
 * follows a colon; the body says why (https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#operation-error-serialization).
 */
export function toldError({ status, type: header, body }: Refused): ToldError {
  const value = jsonIn(body);
  const told = isPlainObject(value) ? value : {};
  const type = header ?? told['__type'] ?? told['code'];
  const name = typeof type === 'string' ? type.replace(/:.*$/s, '').replace(/^.*#/s, '') : `Unknown${status}`;
  const said = [told['message'], told['Message']].find((text) => typeof text === 'string') ?? body.toString();
  return Object.assign(new Error(said.slice(0, longestMessage)), {
    name,
    $metadata: { httpStatusCode: status },
  });
}
