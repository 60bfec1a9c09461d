import { conditional, Fn, type IResolvable, Op, Token } from 'cdktf';

/** A yes or no: known at synth, or an expression that Terraform decides when it plans. */
export type Decision = boolean | IResolvable;

/** Whether a text or a list has anything in it; nothing at all counts as empty. */
export function given(value: string | readonly string[] | undefined): Decision {
  if (value === undefined) return false;
  return Token.isUnresolved(value) ? Op.gte(Fn.lengthOf(value), 1) : value.length > 0;
}

/** Whether an input without a default was given. */
export function present(value: string | undefined): Decision {
  return Token.isUnresolved(value) ? Op.neq(value, Token.nullValue()) : value !== undefined;
}

/** Whether a text without a default was given and has anything in it. */
export function filled(text: string | undefined): Decision {
  return given(text !== undefined && Token.isUnresolved(text) ? Fn.compact([text]) : text);
}

export function not(decision: Decision): Decision {
  return typeof decision === 'boolean' ? !decision : Op.not(decision);
}

export function both(one: Decision, other: Decision): Decision {
  if (typeof one === 'boolean') return one ? other : false;
  if (typeof other === 'boolean') return other ? one : false;
  return Op.and(one, other);
}

export function either(one: Decision, other: Decision): Decision {
  if (typeof one === 'boolean') return one ? true : other;
  if (typeof other === 'boolean') return other ? true : one;
  return Op.or(one, other);
}

export function same(one: Decision, other: Decision): Decision {
  if (typeof one === 'boolean') return one ? other : not(other);
  if (typeof other === 'boolean') return other ? one : not(one);
  return Op.eq(one, other);
}

/** Whether a text is the given word, or a number the given one. */
export function equals<Value extends string | number>(value: Value, wanted: Value): Decision {
  return Token.isUnresolved(value) ? Op.eq(value, wanted) : value === wanted;
}

/** Whether a text is of a form that JavaScript and RE2 read alike. */
export function matches(text: string, pattern: RegExp): Decision {
  if (!Token.isUnresolved(text)) return pattern.test(text);
  // The synthesiser writes texts as they are, and Terraform reads backslashes as escapes.
  const source = pattern.source.replaceAll('\\', '\\\\');
  return Token.asAny(Fn.can(Fn.regex(source, text)));
}

/** Whether a list holds nothing but the word, in any case. */
export function holdsOnly(words: string[], word: string): Decision {
  const list = Token.isUnresolved(words) ? Fn.lower(Fn.join(',', words)) : words.join(',').toLowerCase();
  return matches(list, new RegExp(`^(${word}(,${word})*)?$`));
}

/** Whether a whole number is one of those from `first` to `last`, `step` apart. */
export function isStep(value: number, first: number, last: number, step: number): Decision {
  if (Token.isUnresolved(value)) return Token.asAny(Fn.contains(Fn.range(first, last + 1, step), value));
  return value >= first && value <= last && (value - first) % step === 0;
}

export function atMost(value: number, limit: number): Decision {
  const known = !Token.isUnresolved(value) && !Token.isUnresolved(limit);
  return known ? value <= limit : Op.lte(value, limit);
}

/** One of two texts, or nothing. */
export function choose<Text extends string | undefined>(decision: Decision, yes: Text, no: Text): Text {
  if (typeof decision === 'boolean') return decision ? yes : no;
  const orNull = (text: Text) => text ?? Token.nullValue();
  return Token.asString(conditional(decision, orNull(yes), orNull(no))) as Text;
}

/** The text unless it is empty, which counts as nothing. */
export function ifGiven(text: string): string | undefined {
  return choose<string | undefined>(given(text), text, undefined);
}

/** The words with commas between them, or nothing when there are none. */
export function joined(words: string[]): string | undefined {
  return ifGiven(Token.isUnresolved(words) ? Fn.join(',', words) : words.join(','));
}

/** Meta-argument of a resource that exists when `decision` says so; never ask with a known no. */
export function existsWhen(decision: Decision): { count?: number } {
  return typeof decision === 'boolean' ? {} : { count: Token.asNumber(conditional(decision, 1, 0)) };
}

/** What `build` makes, unless it is known at synth that it is not wanted. */
export function buildUnlessFalse<Built>(
  decision: Decision,
  build: (when: Decision) => Built,
): Built | undefined {
  return decision === false ? undefined : build(decision);
}
