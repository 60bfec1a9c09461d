import * as z from 'zod';

/**
 * A JSON object whose keys are other people's names, with members as `member` has them. The object is given as it came:
 * a record of zod's loses the key `__proto__`, which Consul and AWS take as a name like any other.
 */
export function objectOf<Value>(member: z.ZodType<Value>): z.ZodType<Record<string, Value>> {
  return z.custom<Record<string, Value>>(isObject, 'must be an object').superRefine((object, context) => {
    for (const [key, value] of Object.entries(object)) {
      const { error } = member.safeParse(value);
      for (const { message, path } of error?.issues ?? [])
        context.addIssue({ code: 'custom', message, path: [key, ...path] });
    }
  });
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
