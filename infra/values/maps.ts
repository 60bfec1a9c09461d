import { Fn, type IResolvable, Op, ref, TerraformLocal, Token } from 'cdktf';
import type { Construct } from 'constructs';
import type { Decision } from './decision.ts';

type Texts = Readonly<Record<string, string>>;

/** Whether names and values are known at synth. */
function isKnown(texts: Texts): boolean {
  return !Token.isUnresolved(texts) && Object.values(texts).every((text) => !Token.isUnresolved(text));
}

/** Both maps in one; of a name that is in both the value of the second. */
export function merged(scope: Construct, id: string, one: Texts, other: Texts): Record<string, string> {
  if (!Token.isUnresolved(one)) return { ...one, ...other };
  const local = new TerraformLocal(scope, id, other);
  return Token.asStringMap(Fn.merge([one, local.expression]));
}

/**
 * The entries of a map as ECS takes variables, in the order of names, without those that are null, which the provider would
 * plan again and again (https://github.com/hashicorp/terraform-provider-aws/issues/39533).
 */
export function entries(
  scope: Construct,
  id: string,
  texts: Texts,
  shape: { readonly value: 'value' | 'valueFrom'; readonly prefix?: string },
): IResolvable | object[] {
  const { value, prefix = '' } = shape;
  if (!Token.isUnresolved(texts)) {
    const sorted = Object.entries(texts).toSorted(([one], [other]) => (one < other ? -1 : 1));
    return sorted.map(([name, text]) => ({ name: `${prefix}${name}`, [value]: text }));
  }
  const local = new TerraformLocal(scope, id, texts);
  const name = prefix === '' ? 'name' : `"${prefix}\${name}"`;
  const each = `for name, value in local.${local.friendlyUniqueId}`;
  return Token.asAny(ref(`[${each} : { name = ${name}, ${value} = value } if value != null]`));
}

/**
 * The values of maps by their forms, which JavaScript and RE2 must read alike: for each form what it has in brackets, of the
 * values that are of it.
 */
export function valuesByForm<const Forms extends Readonly<Record<string, RegExp>>>(
  scope: Construct,
  id: string,
  maps: readonly Texts[],
  forms: Forms,
): { [Name in keyof Forms]: string[] } {
  const list = listing(scope, id, maps);
  const lists = Object.entries(forms).map(([name, form]) => [name, list(form)]);
  return Object.fromEntries(lists) as { [Name in keyof Forms]: string[] };
}

function listing(scope: Construct, id: string, maps: readonly Texts[]): (form: RegExp) => string[] {
  if (maps.every(isKnown)) {
    const values = maps.flatMap((texts) => Object.values(texts));
    return (form) => values.flatMap((text) => form.exec(text)?.[1] ?? []);
  }
  const local = new TerraformLocal(scope, id, Fn.concat(maps.map((texts) => Fn.values(texts))));
  return (form) => {
    const found = `regex(${JSON.stringify(form.source)}, value)`;
    const each = `for value in local.${local.friendlyUniqueId} : ${found}[0]`;
    return Token.asList(ref(`[${each} if can(${found})]`));
  };
}

/** Whether a map has none of these names. */
export function hasNone(texts: Texts, names: string[]): Decision {
  const own = namesIn(texts);
  const isToken = Token.isUnresolved(own) || Token.isUnresolved(names);
  if (!isToken) return !own.some((name) => names.includes(name));
  return Op.lt(Fn.lengthOf(Fn.setintersection(own, [names])), 1);
}

export function namesIn(texts: Texts): string[] {
  return Token.isUnresolved(texts) ? Token.asList(Fn.keys(texts)) : Object.keys(texts);
}
