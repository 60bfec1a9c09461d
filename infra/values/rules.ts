import { Token } from 'cdktf';
import {
  digits,
  isWithin,
  keeps,
  type NumberRange,
  rangeWords,
  ruleWords,
  type TextRule,
} from '../../src/config/text-rules.ts';

/** What an input may be: checked at synth when its value is known, and written into the module as a validation. */
export interface Rule {
  /** Completes "<name> must be …". */
  readonly words: string;
  readonly allows: (value: unknown) => boolean;
  /** The same as a Terraform condition on `reference`. */
  readonly condition: (reference: string) => string;
}

/** A whole number in an input that is a number. */
export function wholeNumber(min: number, max?: number): Rule {
  const range = max === undefined ? { whole: true, min } : { whole: true, min, max };
  return {
    words: rangeWords(range),
    allows: (value) => typeof value === 'number' && isWithin(range, value),
    condition: (reference) => rangeCondition(range, reference),
  };
}

/** What a program asks of the text of an option. */
export function ruleOf(rule: TextRule): Rule {
  return {
    words: ruleWords(rule),
    allows: (value) => typeof value === 'string' && keeps(rule, value),
    condition: (reference) => textCondition(rule, reference),
  };
}

function textCondition(rule: TextRule, reference: string): string {
  switch (rule.kind) {
    case 'word':
      return oneOf(rule.words.map((word) => word.toLowerCase())).condition(`lower(${reference})`);
    case 'number': {
      const written = formCondition(digits(rule.range), reference);
      return `${written} && try(${rangeCondition(rule.range, `tonumber(${reference})`)}, false)`;
    }
    case 'form':
      return formCondition(rule.pattern, reference);
  }
}

function rangeCondition({ whole, min, max }: NumberRange, reference: string): string {
  return [
    min === undefined ? `${reference} > 0` : `${reference} >= ${min}`,
    ...(max === undefined ? [] : [`${reference} <= ${max}`]),
    ...(whole ? [`floor(${reference}) == ${reference}`] : []),
  ].join(' && ');
}

function formCondition(pattern: RegExp, reference: string): string {
  return `can(regex(${JSON.stringify(pattern.source)}, ${reference}))`;
}

export function oneOf(words: readonly (string | number)[]): Rule {
  return {
    words: `one of ${words.join(', ')}`,
    allows: (value) => words.some((word) => word === value),
    condition: (reference) =>
      `contains([${words.map((word) => JSON.stringify(word)).join(', ')}], ${reference})`,
  };
}

/** Text of a form that JavaScript and RE2 read alike. */
export function matching(pattern: RegExp, description: string): Rule {
  return ruleOf({ kind: 'form', pattern, description });
}

/** A TCP port in a pattern: 1 to 65535. */
export const port = '([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])';

/** Every element obeys the rule; of those that only Terraform knows it is not asked at synth. */
export function each(rule: Rule): Rule {
  return {
    words: `a list, each element ${rule.words}`,
    allows: (value) => Array.isArray(value) && value.every(knownBy(rule)),
    condition: (reference) => `alltrue([for element in ${reference} : ${rule.condition('element')}])`,
  };
}

function knownBy(rule: Rule): (value: unknown) => boolean {
  return (value) => Token.isUnresolved(value) || rule.allows(value);
}

/** The rule, or left empty. */
export function emptyOr(rule: Rule): Rule {
  return {
    words: `empty or ${rule.words}`,
    allows: (value) => value === '' || rule.allows(value),
    condition: (reference) => `${reference} == "" ? true : ${rule.condition(reference)}`,
  };
}

/** The rule, or not given. */
export function nullOr(rule: Rule): Rule {
  return {
    words: rule.words,
    allows: (value) => value === undefined || rule.allows(value),
    condition: (reference) => `${reference} == null ? true : ${rule.condition(reference)}`,
  };
}

/** A map whose names and values obey these rules, as {@link each} does. */
export function entriesOf(name: Rule, value: Rule): Rule {
  return {
    words: `a map, each name ${name.words}, each value ${value.words}`,
    allows: (map) =>
      typeof map === 'object' &&
      map !== null &&
      Object.entries(map).every(([key, item]) => name.allows(key) && knownBy(value)(item)),
    condition: (reference) =>
      `alltrue([for key, value in ${reference} : ${name.condition('key')} && ${value.condition('value')}])`,
  };
}
