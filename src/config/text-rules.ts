/** Bounds of a number, themselves within; without any, a number is above 0. */
export interface NumberRange {
  readonly whole?: boolean;
  readonly min?: number;
  readonly max?: number;
}

/**
 * What a text must be, as data, so that Terraform tests when it plans what a program tests when it starts: one of a few
 * words in any case, a number in plain digits, or of a form that JavaScript and RE2 read alike (no look-around, no
 * back-references, no count above 1000).
 */
export type TextRule =
  | { readonly kind: 'word'; readonly words: readonly string[] }
  | { readonly kind: 'number'; readonly range: NumberRange }
  | { readonly kind: 'form'; readonly pattern: RegExp; readonly description: string };

/** Digits as numbers are written in texts. */
export function digits({ whole = false, min = 0 }: NumberRange): RegExp {
  if (!whole) return /^\d+(\.\d+)?$/;
  return min < 0 ? /^-?\d+$/ : /^\d+$/;
}

export function isWithin({ whole = false, min, max }: NumberRange, value: number): boolean {
  const isAbove = min === undefined ? value > 0 : value >= min;
  return isAbove && value <= (max ?? Infinity) && (!whole || Number.isSafeInteger(value));
}

/** Whether a text keeps to a rule. */
export function keeps(rule: TextRule, text: string): boolean {
  switch (rule.kind) {
    case 'word':
      return rule.words.some((word) => word.toLowerCase() === text.toLowerCase());
    case 'number':
      return digits(rule.range).test(text) && isWithin(rule.range, Number(text));
    case 'form':
      return rule.pattern.test(text);
  }
}

/** Completes "<name> must be …". */
export function ruleWords(rule: TextRule): string {
  switch (rule.kind) {
    case 'word':
      return `one of ${rule.words.join(', ')}`;
    case 'number':
      return rangeWords(rule.range);
    case 'form':
      return rule.description;
  }
}

/** Completes "<name> must be …" for a number. */
export function rangeWords({ whole = false, min, max }: NumberRange): string {
  if (min === undefined) return 'a positive number';
  const kind = whole ? 'a whole number' : 'a number';
  return max === undefined ? `${kind} of at least ${min}` : `${kind} from ${min} to ${max}`;
}
