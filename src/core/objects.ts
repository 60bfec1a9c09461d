import * as z from 'zod';

/**
 * The member of `record` under a key that somebody else chose; undefined where it has none. An index expression finds
 * what objects inherit, too: `toString`, `constructor`, `__proto__`.
 */
export function ownMember<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** Whether two JSON values are the same; the order of keys and undefined members do not count. */
export function sameJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((member, at) => sameJson(member, right[at]));
  }
  if (!isPlainObject(left) || !isPlainObject(right)) return false;
  const keys = Object.keys({ ...left, ...right });
  return keys.every((key) => sameJson(ownMember(left, key), ownMember(right, key)));
}

/**
 * A JSON object whose keys are other people's names, with members as `member` has them. The object is given as it came:
 * a record of zod's loses the key `__proto__`, which Consul and AWS take as a name like any other.
 */
export function objectOf<Value>(member: z.ZodType<Value>): z.ZodType<Record<string, Value>> {
  return z
    .custom<Record<string, Value>>(isPlainObject, 'must be an object')
    .superRefine((object, context) => {
      for (const [key, value] of Object.entries(object)) {
        const { error } = member.safeParse(value);
        for (const { message, path } of error?.issues ?? [])
          context.addIssue({ code: 'custom', message, path: [key, ...path] });
      }
    });
}

/** Whether a JSON value is an object, neither null nor a list. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
