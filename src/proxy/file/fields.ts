import type * as z from 'zod';
import { checkedText, oneOf } from '../../config/fields.ts';
import { checkedValue, optionalText } from '../../config/file-fields.ts';
import { accepted, checkNumber, matching, refused } from '../../core/checked.ts';
import { checkHostPattern } from '../../core/network/route.ts';
import { type FunctionReference, isQualifier, parseFunctionReference } from '../../lambda-service/arn.ts';

/** Stands for every host. */
const everyHost = '*';

/** Hosts of routes, or `*` for all. */
export const hostname: z.ZodType<string> = checkedText((text) => {
  const host = text === everyHost ? accepted(everyHost) : checkHostPattern(text);
  return host.ok
    ? host
    : refused('a host name, *. and a host name, an IP address (IPv6 in brackets) or * for every host', text);
});

/** Paths begin with it; as `/internal`, or empty. Slashes around it do not count. */
export const internalPrefix: z.ZodType<string> = checkedText((text) => {
  const bare = text.replaceAll(/^\/+|\/+$/g, '');
  if (bare === '') return accepted('');
  const rule = "segments of letters, digits and -._~!$&'()*+,;=:@";
  return matching(`/${bare}`, /^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._~!$&'()*+,;=:@-]{1,255})+$/, rule);
});

/** A Lambda function by name, partial ARN or ARN, with or without a qualifier. */
export const functionReference: z.ZodType<FunctionReference> = checkedText((text) => {
  const reference = parseFunctionReference(text);
  return reference === undefined
    ? refused('the name or ARN of a function, with or without :alias', text)
    : accepted(reference);
});

/** An alias as text, or a version as text or number. */
export const qualifier: z.ZodType<string | undefined> = checkedValue<string | undefined>(
  (value) => {
    if (value === '') return accepted(undefined);
    const isVersion = typeof value === 'number' && checkNumber(value, 1, Number.MAX_SAFE_INTEGER).ok;
    const text = isVersion ? String(value) : value;
    return typeof text === 'string' && isQualifier(text)
      ? accepted(text)
      : refused('an alias or a version', value);
  },
  { anyOf: [{ type: 'string' }, { type: 'integer', minimum: 1 }] },
).optional();

/** A function behind an emulator, as the path of its Invoke API has it. */
export const emulatedName: z.ZodType<string> = checkedText((text) =>
  matching(text, /^[\x21-\x7e]{1,256}$/, 'up to 256 printable characters without blanks'),
);

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html (RoleArn, ExternalId) */
export const roleArn = optionalText((text) =>
  matching(text, /^arn:aws(-[a-z]+)*:iam::\d{1,12}:role\/[\x21-\x7e]{1,512}$/, 'the ARN of a role'),
);
export const externalId = optionalText((text) =>
  matching(text, /^[\w+=,.@:/-]{2,1224}$/, '2 to 1224 letters, digits and _+=,.@:/-'),
);

/** Words of Lambda's Invoke API, of Consul's Envoy extension and our own, in any case. */
export const invocation: z.ZodType<'sync' | 'async'> = oneOf([
  'sync',
  'async',
  'SYNCHRONOUS',
  'ASYNCHRONOUS',
]).transform((word) => (/^async/i.test(word) ? 'async' : 'sync'));

/** One process, several, or as many as there are processors. */
export const workers: z.ZodType<number | 'auto'> = checkedValue<number | 'auto'>(
  (value) => {
    if (value === 'auto') return accepted('auto');
    const isCount = typeof value === 'number' && checkNumber(value, 1, 1024).ok;
    return isCount ? accepted(value) : refused('a whole number from 1 to 1024, or auto', value);
  },
  { anyOf: [{ type: 'integer', minimum: 1, maximum: 1024 }, { const: 'auto' }] },
);
