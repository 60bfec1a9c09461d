import * as z from 'zod';
import { checkedText } from '../config/fields.ts';
import { type Checked, accepted, checkNumber, refused } from '../core/checked.ts';
import { portIn } from '../haproxy/written-routes.ts';

/** Text of a field in its normal form. Blanks around it are a slip that nobody sees, so they are named. */
export function textField<Value>(check: (text: string) => Checked<Value>): z.ZodType<Value, string> {
  return checkedText((text) => {
    const blanks = withoutBlanks(text);
    return blanks.ok ? check(text) : blanks;
  });
}

/** An optional field, which clients in many languages send as null when they have no value for it. */
export function maybe<Output>(schema: z.ZodType<Output>): z.ZodType<Output | undefined> {
  return schema.nullish().transform((value) => value ?? undefined);
}

/** A list of at most so many entries. */
export function listOf<Item>(item: z.ZodType<Item>, most: number): z.ZodType<Item[]> {
  return z.array(item).max(most, { error: `must hold at most ${most} entries` });
}

/** A number without a fraction, within bounds. */
export function numberField(min: number, max: number): z.ZodType<number> {
  return z.number().transform((value, context) => {
    const result = checkNumber(value, min, max);
    if (result.ok) return result.value;
    context.addIssue(result.problem);
    return z.NEVER;
  });
}

/** Ports come as numbers and, from environment variables of containers, as text. */
export const portField = z.unknown().transform((value, context) => {
  const port = portIn(value);
  if (port === undefined) context.addIssue(value === undefined ? 'is required' : portProblem(value));
  return port ?? z.NEVER;
});

/** `host` or `path`, in any case. */
export function checkConfigMode(text: string): Checked<'host' | 'path'> {
  const mode = text.toLowerCase();
  return mode === 'host' || mode === 'path' ? accepted(mode) : refused('host or path', text);
}

/** What zod's own checks say, in the words of the other messages. */
export function wording(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_value') {
    return refused(`one of ${issue.values.join(', ')}`, issue.input).problem;
  }
  if (issue.code !== 'invalid_type') return undefined;
  return issue.input === undefined
    ? 'is required'
    : refused(`of type ${issue.expected}`, issue.input).problem;
}

function withoutBlanks(text: string): Checked<string> {
  return text.length === text.trim().length ? accepted(text) : refused('without blanks around it', text);
}

function portProblem(value: unknown): string {
  const blanks = typeof value === 'string' ? withoutBlanks(value) : accepted('');
  return blanks.ok ? refused('a port from 1 to 65535', value).problem : blanks.problem;
}
