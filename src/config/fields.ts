import * as z from 'zod';
import type { Checked } from '../core/checked.ts';
import { type LogLevel, logLevels } from '../core/logger.ts';
import { checkCidr } from '../core/network/addresses.ts';
import { keeps, ruleWords, type TextRule } from './text-rules.ts';

const rules = new WeakMap<object, TextRule>();

/** The rule of a field that has one as data. */
export function textRuleOf(schema: object): TextRule | undefined {
  return rules.get(schema);
}

/**
 * Text that keeps to a rule, and what is read in it.
 * @param written what editors are told of it
 */
function ruled<Value>(
  rule: TextRule,
  read: (text: string) => Value,
  written: Readonly<Record<string, unknown>> = {},
): z.ZodType<Value, string> {
  const schema = z
    .string()
    .refine((text) => keeps(rule, text), {
      error: ({ input }) => `must be ${ruleWords(rule)}, not ${JSON.stringify(input)}`,
    })
    .transform(read)
    .meta(written);
  rules.set(schema, rule);
  return schema;
}

/** Booleans as Go's strconv.ParseBool reads them (https://pkg.go.dev/strconv#ParseBool). */
export const goBoolean = ruled(
  {
    kind: 'form',
    pattern: /^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/,
    description: 'true or false',
  },
  (text) => /^[1tT]/.test(text),
);

/** A whole number within bounds. */
export function wholeNumber(min: number, max?: number): z.ZodType<number, string> {
  const range = max === undefined ? { whole: true, min } : { whole: true, min, max };
  return ruled({ kind: 'number', range }, Number);
}

/** Any positive number. */
export const positiveNumber = ruled({ kind: 'number', range: {} }, Number);

/** A number within bounds. */
export function decimal(min: number, max: number): z.ZodType<number, string> {
  return ruled({ kind: 'number', range: { min, max } }, Number);
}

/** One of a few words, in any case; the value is the word as `words` spells it. */
export function oneOf<const Word extends string>(words: readonly Word[]): z.ZodType<Word, string> {
  const spelled = (text: string) => words.find((word) => word.toLowerCase() === text.toLowerCase());
  return ruled({ kind: 'word', words }, (text) => spelled(text) ?? z.NEVER, {
    // Editors offer the words as they are spelled, and take them in any case.
    anyOf: [{ enum: words }, { pattern: `^(${words.map(inAnyCase).join('|')})$` }],
  });
}

function inAnyCase(word: string): string {
  return word.replaceAll(/[a-z]/gi, (letter) => `[${letter.toLowerCase()}${letter.toUpperCase()}]`);
}

/** The least level that is logged; `off`, as Go's loggers call it, is `silent`. */
export const logLevel: z.ZodType<LogLevel, string> = ruled(
  { kind: 'word', words: [...logLevels, 'off'] },
  (text) => logLevels.find((level) => level === text.toLowerCase()) ?? 'silent',
);

/** Words separated by commas; blanks around them and empty ones are dropped. */
export const commaList: z.ZodType<string[], string> = z.string().transform((text) =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== ''),
);

/** Text that matches a pattern, described in words; `read` gives its normal form. */
export function text(
  pattern: RegExp,
  description: string,
  read = (value: string): string => value,
): z.ZodType<string, string> {
  return ruled({ kind: 'form', pattern, description }, read);
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

/** Addresses and networks of proxies, in their normal form. */
export const networks: z.ZodType<string[], string[]> = z.array(checkedText(checkCidr));
