import type { Checked } from '../../core/checked.ts';
import { isPlainObject } from '../../core/objects.ts';
import { answerOf, wrong } from '../answers.ts';
import { parseJson } from '../json-text.ts';
import type { HttpAnswer, Invoked } from '../message.ts';
import { preludeIn } from '../prelude.ts';

/**
 * An answer as REST APIs and load balancers take it: an object with a status, whose `headers` and `multiValueHeaders`
 * both count; nothing is inferred
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html,
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html).
 * @param defaultType the content type of an answer without one
 */
export function decodeV1({ payload }: Invoked, defaultType: string): Checked<HttpAnswer> {
  const streamed = preludeIn(payload);
  if (streamed) return streamed;
  const told = parseJson(payload);
  if (!told.ok) return told;
  if (!isPlainObject(told.value)) return wrong('be an object with statusCode', told.value);
  const { statusCode, headers, multiValueHeaders, body, isBase64Encoded } = told.value;
  return answerOf({ statusCode, headers, multiValueHeaders, body, isBase64Encoded }, defaultType);
}
