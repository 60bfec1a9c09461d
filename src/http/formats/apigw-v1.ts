import { eventBytes } from '../body.ts';
import { commonLogTime } from '../common-log-time.ts';
import type { Format, HttpRequest } from '../message.ts';
import { valueLists } from '../pairs.ts';
import { decodedParameters } from '../query.ts';
import { decodeV1 } from './payload-v1.ts';
import { accountId, apiId, defaultStage, domainOf, headerOf, hasText } from './requests.ts';

/** REST APIs of API Gateway, and HTTP APIs with payload 1.0. */
export const apigwV1: Format = {
  name: 'apigw-v1',
  encode,
  decode: (invoked) => decodeV1(invoked, 'application/json'),
  passesFunctionErrors: false,
  readsPreludes: true,
  failure: { status: 502, emptyBody: false },
};

/** Callers are not asked who they are. */
const nobody = {
  accessKey: null,
  accountId: null,
  apiKey: null,
  apiKeyId: null,
  caller: null,
  clientCert: null,
  cognitoAuthenticationProvider: null,
  cognitoAuthenticationType: null,
  cognitoIdentityId: null,
  cognitoIdentityPoolId: null,
  principalOrgId: null,
  user: null,
  userArn: null,
};

/**
 * A request as payload 1.0 has it: each map once with the last value of a name and once with all of them, parameters
 * decoded; what is empty is null. The resource is the path, as of a route without variables
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html).
 */
function encode(request: HttpRequest): Buffer {
  const { method, path, protocol, headers, sourceIp, requestId, time } = request;
  const parameters = decodedParameters(request.query);
  const isText = hasText(request);
  const event = {
    version: '1.0',
    resource: path,
    path,
    httpMethod: method,
    headers: Object.fromEntries(headers),
    multiValueHeaders: valueLists(headers),
    queryStringParameters: parameters.length > 0 ? Object.fromEntries(parameters) : null,
    multiValueQueryStringParameters: parameters.length > 0 ? valueLists(parameters) : null,
    requestContext: {
      accountId,
      apiId,
      ...domainOf(request),
      extendedRequestId: requestId,
      httpMethod: method,
      identity: { ...nobody, sourceIp, userAgent: headerOf(request, 'user-agent') ?? null },
      path,
      protocol,
      requestId,
      requestTime: commonLogTime(time),
      requestTimeEpoch: time,
      resourceId: null,
      resourcePath: path,
      stage: defaultStage,
    },
    pathParameters: null,
    stageVariables: null,
    isBase64Encoded: !isText,
  };
  if (request.body.length > 0) return eventBytes(JSON.stringify(event), request.body, isText);
  return Buffer.from(JSON.stringify({ ...event, body: null }));
}
