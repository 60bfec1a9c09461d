import type { Format } from '../message.ts';
import { payloadV2 } from './payload-v2.ts';

/** URLs of functions, open to everybody: payload 2.0 with the path as it came, whose account is `anonymous`. */
export const functionUrl: Format = payloadV2('function-url', {
  accountId: 'anonymous',
  keepsCookieHeader: true,
  pathOf: ({ path }) => path,
  failureStatus: 502,
});
