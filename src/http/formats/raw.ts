import { accepted } from '../../core/checked.ts';
import { ownHeaders } from '../answers.ts';
import type { Format } from '../message.ts';

/**
 * Envoy's `payload_passthrough`: the body is the event and the payload the answer, with Lambda's own headers and status
 * 200, whatever the function says
 * (https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/aws_lambda_filter).
 */
export const raw: Format = {
  name: 'raw',
  encode: ({ body }) => body,
  decode: ({ headers, payload }) => accepted({ status: 200, headers: ownHeaders(headers), body: payload }),
  passesFunctionErrors: false,
  readsPreludes: false,
  failure: { status: 502, emptyBody: false },
};
