import * as z from 'zod';
import { checkedText, oneOf } from '../../config/fields.ts';
import { besideOtherProblems, count, duration, optionalText } from '../../config/file-fields.ts';
import { checkPathPrefix, everyPath } from '../../core/network/route.ts';
import { formatNames } from '../../http/format-choice.ts';
import {
  emulatedName,
  externalId,
  functionReference,
  hostname,
  invocation,
  qualifier,
  roleArn,
} from './fields.ts';
import { checkHttpUrl, region } from '../../config/place-fields.ts';

const minute = 60_000;

const invokingKeys = {
  timeout: duration().default(15 * minute),
  queue: z
    .object({ size: count(0, 1_000_000).default(1000), timeout: duration(0).default(minute) })
    .prefault({}),
};

/** How functions of AWS are invoked, whichever they are. */
export const awsKeys = {
  ...invokingKeys,
  region,
  endpoint: optionalText(checkHttpUrl),
  assume_role_arn: roleArn,
  external_id: externalId,
  streaming: z.boolean().default(false),
  concurrency: count(0, 100_000).default(0),
};

const routeKeys = {
  hostname,
  path_prefix: checkedText(checkPathPrefix).default(everyPath),
  strip_prefix: z.boolean().default(false),
  format: oneOf(formatNames).default('apigw-v2'),
  multi_value_headers: z.boolean().default(false),
  decode_path: z.boolean().default(false),
  invocation: invocation.default('sync'),
};

export const localEntry = z
  .object({
    ...invokingKeys,
    ...routeKeys,
    endpoint: optionalText(checkHttpUrl),
    endpoints: z.array(checkedText(checkHttpUrl)).default([]),
    function_name: emulatedName.default('function'),
    concurrency: count(1, 100_000).default(1),
  })
  .refine(({ endpoint, endpoints }) => (endpoint === undefined) === endpoints.length > 0, {
    error: 'must have either endpoint or endpoints',
    ...besideOtherProblems,
  });

export const awsEntry = z
  .object({ ...awsKeys, ...routeKeys, function_name: functionReference, qualifier })
  .refine(
    ({ function_name: named, qualifier }) =>
      qualifier === undefined || named?.qualifier === undefined || named.qualifier === qualifier,
    {
      error: 'must be the qualifier that function_name ends with, or be left out',
      path: ['qualifier'],
      ...besideOtherProblems,
    },
  );
