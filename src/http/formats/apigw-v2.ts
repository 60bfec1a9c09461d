import type { Format, HttpRequest } from '../message.ts';
import { decodePercent } from '../query.ts';
import { payloadV2 } from './payload-v2.ts';
import { accountId } from './requests.ts';

/** HTTP APIs of API Gateway with payload 2.0. */
export function apigwV2(decodePath: boolean): Format {
  return payloadV2('apigw-v2', {
    accountId,
    keepsCookieHeader: false,
    pathOf: decodePath ? decodedPath : ({ path }) => path,
    failureStatus: 500,
  });
}

/**
 * The path as HTTP APIs give it, which decode it whole: `%2F` becomes a slash like any other, and what follows a decoded
 * `?` is lost (https://github.com/honojs/hono/issues/2156).
 */
function decodedPath({ path }: HttpRequest): string {
  const [decoded = ''] = decodePercent(path).split('?', 1);
  return decoded;
}
