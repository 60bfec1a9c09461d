import { quoted } from './wording.ts';

/** A value in its normal form, or what it must be instead; the caller says which field it was. */
export type Checked<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly problem: string };

/** The value in its normal form, as a check answers. */
export function accepted<Value>(value: Value): Checked<Value> {
  return { ok: true, value };
}

/** A problem, `must be <rule>, not <value>`; the value is shown as JSON and cut to a length that fits a log line. */
export function refused(rule: string, value: unknown): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem: `must be ${rule}, not ${quoted(value, 80)}` };
}

/** Accepts text that matches a pattern as it is; `rule` says in words what the pattern takes. */
export function matching(text: string, pattern: RegExp, rule: string): Checked<string> {
  return pattern.test(text) ? accepted(text) : refused(rule, text);
}

/** Accepts a whole number from `min` to `max`. */
export function checkNumber(value: number, min: number, max: number): Checked<number> {
  return Number.isInteger(value) && value >= min && value <= max
    ? accepted(value)
    : refused(`a whole number from ${min} to ${max}`, value);
}

/** Files and directories by an absolute path whose characters need no quoting in any configuration file. */
export function checkFilePath(text: string): Checked<string> {
  return matching(
    text,
    /^(?=.{2,1024}$)(\/[A-Za-z0-9._-]+)+\/?$/,
    'an absolute path of letters, digits, ., _, - and /',
  );
}
