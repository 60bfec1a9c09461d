import * as z from 'zod';
import { accepted, type Checked, refused } from '../core/checked.ts';
import { checkedText } from './fields.ts';
import { isWithin, type NumberRange, rangeWords } from './text-rules.ts';

/** A value of a file that passes a check; the value is its normal form. */
export function checkedValue<Value>(check: (value: unknown) => Checked<Value>): z.ZodType<Value> {
  return z.unknown().transform((value, context) => {
    const result = check(value);
    if (result.ok) return result.value;
    context.addIssue(result.problem);
    return z.NEVER;
  });
}

/** A whole number within bounds, written as a number. */
export function count(min: number, max: number): z.ZodType<number> {
  const range: NumberRange = { whole: true, min, max };
  return checkedValue((value) =>
    typeof value === 'number' && isWithin(range, value) ? accepted(value) : refused(rangeWords(range), value),
  );
}

/** TCP ports as a number or as text; 0 lets the system choose. */
export const listenPort: z.ZodType<number> = checkedValue((value) => {
  const port = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value;
  return typeof port === 'number' && isWithin({ whole: true, min: 0, max: 65_535 }, port)
    ? accepted(port)
    : refused('a port from 0 to 65535', value);
});

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };
const longestMinutes = 1440;

/**
 * A time in milliseconds, at most a day, written as a number of seconds or as text with `ms`, `s` or `m`.
 * @param leastMs 0 where "at once" makes sense
 */
export function duration(leastMs = 1): z.ZodType<number> {
  return checkedValue((value) => {
    const ms = milliseconds(value);
    return ms !== undefined && isWithin({ min: leastMs, max: longestMinutes * 60_000 }, ms)
      ? accepted(ms)
      : refused(
          `a number of seconds or a duration such as 500ms, 10s or 15m, from ${leastMs}ms to ${longestMinutes}m`,
          value,
        );
  });
}

function milliseconds(value: unknown): number | undefined {
  if (typeof value === 'number') return Math.round(value * 1000);
  const [, number, unit = ''] = /^(\d{1,9}(?:\.\d{1,9})?)(ms|s|m)$/.exec(String(value)) ?? [];
  return number === undefined ? undefined : Math.round(Number(number) * (unitMs[unit] ?? Number.NaN));
}

/** Text that passes a check; left out or empty it is undefined. */
export function optionalText<Value>(check: (text: string) => Checked<Value>): z.ZodType<Value | undefined> {
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
