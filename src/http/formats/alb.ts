import { eventBytes } from '../body.ts';
import type { Format, HttpRequest } from '../message.ts';
import { type Pairs, valueLists } from '../pairs.ts';
import { rawParameters } from '../query.ts';
import { decodeV1 } from './payload-v1.ts';
import { accountId, hasText } from './requests.ts';

/**
 * Application Load Balancers with a function as their target.
 * @param multiValueHeaders whether the target group has `lambda.multi_value_headers.enabled`
 */
export function alb(multiValueHeaders: boolean): Format {
  const mapsOf = multiValueHeaders ? allValues : lastValues;
  return {
    name: 'alb',
    encode: (request) => encode(request, mapsOf),
    // Load balancers take what has no type for bytes (https://github.com/fujiwara/ridge/pull/9).
    decode: (invoked) => decodeV1(invoked, 'application/octet-stream'),
    passesFunctionErrors: false,
    readsPreludes: true,
    failure: { status: 502, emptyBody: false },
  };
}

const requestContext = {
  elb: {
    targetGroupArn: `arn:aws:elasticloadbalancing:eu-central-1:${accountId}:targetgroup/lambda-registrator/0123456789abcdef`,
  },
};

type MapsOf = (headers: Readonly<Pairs>, parameters: Pairs) => object;

/**
 * A request as load balancers have it; parameters stay encoded, and an empty body is empty text
 * (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html).
 */
function encode(request: HttpRequest, mapsOf: MapsOf): Buffer {
  const isText = hasText(request);
  const event = {
    requestContext,
    httpMethod: request.method,
    path: request.path,
    ...mapsOf(request.headers, rawParameters(request.query)),
    isBase64Encoded: !isText,
  };
  return eventBytes(JSON.stringify(event), request.body, isText);
}

function lastValues(headers: Readonly<Pairs>, parameters: Pairs): object {
  return { queryStringParameters: Object.fromEntries(parameters), headers: Object.fromEntries(headers) };
}

function allValues(headers: Readonly<Pairs>, parameters: Pairs): object {
  return {
    multiValueQueryStringParameters: valueLists(parameters),
    multiValueHeaders: valueLists(headers),
  };
}
