import { accepted, type Checked, checkNumber, refused } from '../../core/checked.ts';
import { checkLongDuration } from '../../config/file-fields.ts';
import { balances, schemes } from '../../haproxy/model.ts';
import { checkCookieName, checkHealthPath } from '../../haproxy/names.ts';
import type { Check, SaidOptions } from './options.ts';

/** How servers are checked: `tcp`, `off`, or a path that they answer with 2xx or 3xx. */
export function checkCheck(text: string): Checked<Check> {
  if (text === 'tcp' || text === 'off') return accepted(text);
  const path = checkHealthPath(text);
  return path.ok
    ? accepted(path.value as Check)
    : refused('tcp, off, or a path such as /healthz of letters, digits, ., _, ~, - and /', text);
}

/** Yes or no as Go and YAML write it, in any case. */
export function checkFlag(text: string): Checked<boolean> {
  if (/^(true|t|1|yes|on)$/i.test(text)) return accepted(true);
  return /^(false|f|0|no|off)$/i.test(text) ? accepted(false) : refused('true or false', text);
}

/** A whole number in plain digits. */
export function checkWhole(text: string, min: number, max: number): Checked<number> {
  const number = checkNumber(/^\d{1,15}$/.test(text) ? Number(text) : Number.NaN, min, max);
  return number.ok ? number : refused(`a whole number from ${min} to ${max}`, text);
}

function checkWord<const Word extends string>(text: string, words: readonly Word[]): Checked<Word> {
  const word = words.find((word) => word === text.toLowerCase());
  return word === undefined ? refused(`one of ${words.join(', ')}`, text) : accepted(word);
}

/** Numbers of seconds are digits here. */
function checkTime(text: string): Checked<number> {
  return checkLongDuration(/^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : text);
}

/** How each key of a source is read, and which option it is. */
const readers: Readonly<Record<string, (text: string) => Checked<SaidOptions>>> = {
  balance: (text) => as(checkWord(text, balances), (balance) => ({ balance })),
  check: (text) => as(checkCheck(text), (check) => ({ check })),
  maxconn: (text) => as(checkWhole(text, 0, 1_000_000), (maxconn) => ({ maxconn })),
  timeout: (text) => as(checkTime(text), (timeoutMs) => ({ timeoutMs })),
  cookie: (text) => as(checkCookieName(text), (cookie) => ({ cookie })),
  sticky: (text) => as(checkFlag(text), (sticky) => ({ sticky })),
  scheme: (text) => as(checkWord(text, schemes), (scheme) => ({ scheme })),
};

/** Keys that say how a service is served, whichever of its instances has them. */
export const optionKeys: readonly string[] = Object.keys(readers);

/** What an option key's text says. */
export function readOption(key: string, text: string): Checked<SaidOptions> {
  return readers[key]?.(text) ?? refused(`one of ${optionKeys.join(', ')}`, key);
}

function as<Value>(checked: Checked<Value>, name: (value: Value) => SaidOptions): Checked<SaidOptions> {
  return checked.ok ? accepted(name(checked.value)) : checked;
}
