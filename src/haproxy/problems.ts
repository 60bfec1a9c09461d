import { type Checked, accepted, refused } from '../core/checked.ts';
import { type Endpoint, endpointText } from '../core/network/addresses.ts';

/** One thing wrong in one field of a model, such as `services[0].cookie`. */
export interface Problem {
  readonly field: string;
  readonly message: string;
}

/** Accepts one of a list of words. */
export function checkWord<Word extends string>(value: string, words: readonly Word[]): Checked<Word> {
  const word = words.find((word) => word === value);
  return word === undefined ? refused(`one of ${words.join(', ')}`, value) : accepted(word);
}

/** Adds what the check refuses, and a value that is not in its normal form. */
export function collect<Value>(
  problems: Problem[],
  field: string,
  value: Value | undefined,
  check: (value: Value) => Checked<unknown>,
): void {
  if (value === undefined) return;
  const result = check(value);
  if (!result.ok) problems.push({ field, message: result.problem });
  else if (result.value !== value) {
    problems.push({ field, message: refused(JSON.stringify(result.value), value).problem });
  }
}

/** The same of an address with a port. */
export function collectEndpoint(
  problems: Problem[],
  field: string,
  endpoint: Endpoint,
  check: (text: string) => Checked<Endpoint>,
): void {
  collect(problems, field, endpointText(endpoint), (text) => {
    const result = check(text);
    return result.ok ? accepted(endpointText(result.value)) : result;
  });
}

/** Adds every value that an earlier one is already. */
export function collectRepeated(
  problems: Problem[],
  what: string,
  values: readonly string[],
  fieldAt: (index: number) => string,
): void {
  const first = new Map<string, number>();
  for (const [at, value] of values.entries()) {
    const other = first.get(value);
    if (other === undefined) first.set(value, at);
    else {
      const message = `is the ${what} ${value}, which ${fieldAt(other)} is already`;
      problems.push({ field: fieldAt(at), message });
    }
  }
}
