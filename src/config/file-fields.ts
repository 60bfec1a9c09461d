import * as z from 'zod';
import { accepted, type Checked, refused } from '../core/checked.ts';
import { checkedText } from './fields.ts';
import { isWithin, type NumberRange, rangeWords } from './text-rules.ts';

/** What editors are told of how a value is written (https://json-schema.org/draft-07/json-schema-validation). */
type Written = Readonly<Record<string, unknown>>;

/**
 * A value of a file that passes a check; the value is its normal form.
 * @param written for editors, and no narrower than the check
 */
export function checkedValue<Value>(
  check: (value: unknown) => Checked<Value>,
  written: Written,
): z.ZodType<Value> {
  return z
    .unknown()
    .transform((value, context) => {
      const result = check(value);
      if (result.ok) return result.value;
      context.addIssue(result.problem);
      return z.NEVER;
    })
    .meta(written);
}

/** A whole number within bounds, written as a number. */
export function count(min: number, max: number): z.ZodType<number> {
  const range: NumberRange = { whole: true, min, max };
  return checkedValue(
    (value) =>
      typeof value === 'number' && isWithin(range, value)
        ? accepted(value)
        : refused(rangeWords(range), value),
    { type: 'integer', minimum: min, maximum: max },
  );
}

/** TCP ports as a number or as text; 0 lets the system choose. */
export const listenPort: z.ZodType<number> = checkedValue(
  (value) => {
    const port = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value;
    return typeof port === 'number' && isWithin({ whole: true, min: 0, max: 65_535 }, port)
      ? accepted(port)
      : refused('a port from 0 to 65535', value);
  },
  {
    anyOf: [
      { type: 'integer', minimum: 0, maximum: 65_535 },
      { type: 'string', pattern: '^[0-9]{1,5}$' },
    ],
  },
);

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const longestMs = 86_400_000;

/** How durations may be written, apart from numbers of seconds. */
interface DurationForm {
  readonly pattern: RegExp;
  readonly examples: string;
  readonly longest: string;
}

const toMinutes: DurationForm = {
  pattern: /^(\d{1,9}(?:\.\d{1,9})?)(ms|s|m)$/,
  examples: '500ms, 10s or 15m',
  longest: '1440m',
};
const toHours: DurationForm = {
  pattern: /^(\d{1,9}(?:\.\d{1,9})?)(ms|s|m|h)$/,
  examples: '500ms, 10s, 15m or 1h',
  longest: '24h',
};

/**
 * A time in milliseconds, at most a day, written as a number of seconds or as text with `ms`, `s` or `m`.
 * @param leastMs 0 where "at once" makes sense
 */
export function duration(leastMs = 1): z.ZodType<number> {
  return durationIn(toMinutes, leastMs);
}

/** The same with `h` besides. */
export function longDuration(leastMs = 1): z.ZodType<number> {
  return durationIn(toHours, leastMs);
}

function durationIn(form: DurationForm, leastMs: number): z.ZodType<number> {
  return checkedValue((value) => checkDuration(value, leastMs, form), {
    anyOf: [
      { type: 'number', minimum: 0, maximum: longestMs / 1000 },
      { type: 'string', pattern: form.pattern.source },
    ],
  });
}

/** A time in milliseconds, at most a day, from a number of seconds or from text with `ms`, `s`, `m` or `h`. */
export function checkLongDuration(value: unknown, leastMs = 1): Checked<number> {
  return checkDuration(value, leastMs, toHours);
}

function checkDuration(value: unknown, leastMs: number, form: DurationForm): Checked<number> {
  const ms = milliseconds(value, form);
  return ms !== undefined && isWithin({ min: leastMs, max: longestMs }, ms)
    ? accepted(ms)
    : refused(
        `a number of seconds or a duration such as ${form.examples}, from ${leastMs}ms to ${form.longest}`,
        value,
      );
}

function milliseconds(value: unknown, { pattern }: DurationForm): number | undefined {
  if (typeof value === 'number') return Math.round(value * 1000);
  const [, number, unit = ''] = pattern.exec(String(value)) ?? [];
  return number === undefined ? undefined : Math.round(Number(number) * (unitMs[unit] ?? Number.NaN));
}

/** Text that passes a check; left out or empty it is undefined. */
export function optionalText<Value>(
  check: (text: string) => Checked<Value>,
): z.ZodOptional<z.ZodType<Value | undefined, string>> {
  return checkedText<Value | undefined>((text) =>
    text === '' ? accepted(undefined) : check(text),
  ).optional();
}

/**
 * For a refinement of a z.object about keys that need or exclude each other: it is tried whatever else is wrong with the
 * mapping, so that every problem is told at once. Keys that are at fault have any value in it.
 */
export const besideOtherProblems = {
  when: ({ value }: { value: unknown }): boolean =>
    typeof value === 'object' && value !== null && !Array.isArray(value),
};
