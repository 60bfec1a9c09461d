import * as z from 'zod';
import type { Checked } from '../haproxy/checked.ts';

/** Text that passes an allow-list of the HAProxy model; the value is its normal form. */
export function checkedText<Value>(check: (text: string) => Checked<Value>): z.ZodType<Value, string> {
  return z.string().transform((text, context) => {
    const result = check(text);
    if (result.ok) return result.value;
    context.addIssue(result.problem);
    return z.NEVER;
  });
}
