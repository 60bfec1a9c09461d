import * as z from 'zod';
import type { Checked } from '../core/checked.ts';
import { type LogLevel, logLevels } from '../core/logger.ts';

/** Booleans as Go's strconv.ParseBool reads them (https://pkg.go.dev/strconv#ParseBool). */
export const goBoolean = z.string().transform((text, context) => {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)) return true;
  if (['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text)) return false;
  context.addIssue(`must be true or false, not ${JSON.stringify(text)}`);
  return z.NEVER;
});

/** A whole number within bounds. */
export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER): z.ZodType<number, string> {
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  return z.string().transform((text, context) => {
    const value = Number(text);
    if (/^-?\d+$/.test(text) && value >= min && value <= max) return value;
    context.addIssue(`must be a whole number ${range}, not ${JSON.stringify(text)}`);
    return z.NEVER;
  });
}

/** Any positive number. */
export const positiveNumber: z.ZodType<number, string> = z.string().transform((text, context) => {
  if (/^\d+(\.\d+)?$/.test(text) && Number(text) > 0) return Number(text);
  context.addIssue(`must be a positive number, not ${JSON.stringify(text)}`);
  return z.NEVER;
});

/** A number within bounds. */
export function decimal(min: number, max: number): z.ZodType<number, string> {
  return z.string().transform((text, context) => {
    const value = Number(text);
    if (/^\d+(\.\d+)?$/.test(text) && value >= min && value <= max) return value;
    context.addIssue(`must be a number from ${min} to ${max}, not ${JSON.stringify(text)}`);
    return z.NEVER;
  });
}

/** One of a few words, in any case; the value is the word as `words` spells it. */
export function oneOf<const Word extends string>(words: readonly Word[]): z.ZodType<Word, string> {
  return z.string().transform((text, context) => {
    const found = words.find((word) => word.toLowerCase() === text.toLowerCase());
    if (found !== undefined) return found;
    context.addIssue(`must be one of ${words.join(', ')}, not ${JSON.stringify(text)}`);
    return z.NEVER;
  });
}

/** The least level that is logged; `off`, as Go's loggers call it, is `silent`. */
export const logLevel: z.ZodType<LogLevel, string> = z
  .string()
  .transform((text) => (text.toLowerCase() === 'off' ? 'silent' : text))
  .pipe(oneOf(logLevels));

/** Words separated by commas; blanks around them and empty ones are dropped. */
export const commaList: z.ZodType<string[], string> = z.string().transform((text) =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== ''),
);

/** Text that matches a pattern, described in words. */
export function text(pattern: RegExp, rule: string): z.ZodType<string, string> {
  return z.string().refine((value) => pattern.test(value), {
    error: (issue) => `must be ${rule}, not ${JSON.stringify(issue.input)}`,
  });
}

/** Text that passes an allow-list; the value is its normal form. */
export function checkedText<Value>(check: (text: string) => Checked<Value>): z.ZodType<Value, string> {
  return z.string().transform((text, context) => {
    const result = check(text);
    if (result.ok) return result.value;
    context.addIssue(result.problem);
    return z.NEVER;
  });
}
