/** What an input may be: checked at synth when its value is known, and written into the module as a validation. */
export interface Rule {
  /** Completes "<name> must be …". */
  readonly words: string;
  readonly allows: (value: unknown) => boolean;
  /** The same as a Terraform condition on `reference`. */
  readonly condition: (reference: string) => string;
}

export function wholeNumber(min: number, max?: number): Rule {
  return {
    words: max === undefined ? `a whole number of at least ${min}` : `a whole number from ${min} to ${max}`,
    allows: (value) => Number.isInteger(value) && Number(value) >= min && Number(value) <= (max ?? Infinity),
    condition: (reference) =>
      [
        `${reference} >= ${min}`,
        ...(max === undefined ? [] : [`${reference} <= ${max}`]),
        `floor(${reference}) == ${reference}`,
      ].join(' && '),
  };
}

export function numberFrom(min: number, max: number): Rule {
  return {
    words: `a number from ${min} to ${max}`,
    allows: (value) => typeof value === 'number' && value >= min && value <= max,
    condition: (reference) => `${reference} >= ${min} && ${reference} <= ${max}`,
  };
}

export const positiveNumber: Rule = {
  words: 'a positive number',
  allows: (value) => typeof value === 'number' && value > 0,
  condition: (reference) => `${reference} > 0`,
};

/** A number in an input that is a text, as environment variables are. */
export function asText(rule: Rule): Rule {
  return {
    words: rule.words,
    allows: (value) => typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) && rule.allows(Number(value)),
    condition: (reference) => `try(${rule.condition(`tonumber(${reference})`)}, false)`,
  };
}

/** One of a few words, in any case. */
export function word(words: readonly string[]): Rule {
  return {
    words: `one of ${words.join(', ')}`,
    allows: (value) => typeof value === 'string' && words.includes(value.toLowerCase()),
    condition: (reference) => oneOf(words).condition(`lower(${reference})`),
  };
}

export function oneOf(words: readonly (string | number)[]): Rule {
  return {
    words: `one of ${words.join(', ')}`,
    allows: (value) => words.some((word) => word === value),
    condition: (reference) =>
      `contains([${words.map((word) => JSON.stringify(word)).join(', ')}], ${reference})`,
  };
}

/** Text of a form that JavaScript and RE2 read alike: no look-around, no back-references, no count above 1000. */
export function matching(pattern: RegExp, words: string): Rule {
  return {
    words,
    allows: (value) => typeof value === 'string' && pattern.test(value),
    condition: (reference) => `can(regex(${JSON.stringify(pattern.source)}, ${reference}))`,
  };
}

/** Left at its default, since nothing else is supported yet. */
export function notYet(fallback: false | '' | readonly never[]): Rule {
  const isList = typeof fallback === 'object';
  return {
    words: `left at ${JSON.stringify(fallback)}, since it is not supported yet`,
    allows: (value) => (isList ? Array.isArray(value) && value.length === 0 : value === fallback),
    condition: (reference) =>
      isList ? `length(${reference}) == 0` : `${reference} == ${JSON.stringify(fallback)}`,
  };
}

/** A TCP port in a pattern: 1 to 65535. */
export const port = '([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])';

/** Every element obeys the rule. */
export function each(rule: Rule): Rule {
  return {
    words: `a list, each element ${rule.words}`,
    allows: (value) => Array.isArray(value) && value.every(rule.allows),
    condition: (reference) => `alltrue([for element in ${reference} : ${rule.condition('element')}])`,
  };
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
