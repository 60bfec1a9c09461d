/** JSON as Terraform reads it: strings are templates. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = Readonly<Record<string, Json>>;

const longestLine = 140;

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as an HCL expression (https://developer.hashicorp.com/terraform/language/syntax/json#expression-mapping). */
export function expression(value: Json, indent = ''): string {
  if (typeof value === 'string') return textExpression(value, indent);
  if (Array.isArray(value)) return listExpression(value as readonly Json[], indent);
  return isObject(value) ? objectExpression(value, indent) : JSON.stringify(value);
}

/** An attribute or map key, quoted where it must be. */
export function key(name: string): string {
  return /^[A-Za-z_][\w-]*$/.test(name) ? name : JSON.stringify(name);
}

/** Lines of `name = value`, the equals signs of neighbouring single lines aligned, as `terraform fmt` wants them. */
export function assignments(pairs: readonly (readonly [string, string])[], indent: string): string[] {
  const isShort = (pair: readonly [string, string] | undefined) =>
    pair !== undefined && !pair[1].includes('\n');
  return pairs.map(([name, value], index) => {
    if (!isShort(pairs[index])) return `${indent}${name} = ${value}`;
    let first = index;
    let last = index;
    while (isShort(pairs[first - 1])) first -= 1;
    while (isShort(pairs[last + 1])) last += 1;
    const width = Math.max(...pairs.slice(first, last + 1).map(([other]) => other.length));
    return `${indent}${name.padEnd(width)} = ${value}`;
  });
}

function objectExpression(value: JsonObject, indent: string): string {
  const inner = `${indent}  `;
  const pairs = Object.entries(value).map(([name, item]) => [key(name), expression(item, inner)] as const);
  return pairs.length === 0 ? '{}' : ['{', ...assignments(pairs, inner), `${indent}}`].join('\n');
}

/** An element of a list; `{ stat = "Sum" }` needs no lines of its own. */
function element(value: Json, indent: string): string {
  if (!isObject(value)) return expression(value, indent);
  const [first, ...others] = Object.entries(value);
  if (first === undefined || others.length > 0 || typeof first[1] === 'object')
    return expression(value, indent);
  return `{ ${key(first[0])} = ${expression(first[1])} }`;
}

function listExpression(value: readonly Json[], indent: string): string {
  const inner = `${indent}  `;
  const items = value.map((item) => element(item, inner));
  const line = `[${items.join(', ')}]`;
  if (!line.includes('\n') && line.length <= longestLine) return line;
  return ['[', ...items.map((item) => `${inner}${item},`), `${indent}]`].join('\n');
}

/** Text that is one `${…}` is that expression, text that is a JSON document is built by `jsonencode`. */
function textExpression(text: string, indent: string): string {
  const parts = templateParts(text);
  const [only] = parts;
  if (parts.length === 1 && only?.isExpression) return withoutOuterParentheses(only.text);
  const document = jsonDocument(text);
  if (document !== undefined) return `jsonencode(${expression(document, indent)})`;
  const quoted = parts.map((part) =>
    part.isExpression ? `\${${part.text}}` : JSON.stringify(part.text).slice(1, -1),
  );
  return `"${quoted.join('')}"`;
}

function jsonDocument(text: string): Json | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

interface TemplatePart {
  readonly text: string;
  readonly isExpression: boolean;
}

/** Literal text and the insides of `${…}`, in turn; `$${` is literal. */
function templateParts(text: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let literal = '';
  let at = 0;
  while (at < text.length) {
    if (text.startsWith('$${', at)) {
      literal += '$${';
      at += 3;
    } else if (text.startsWith('${', at)) {
      if (literal !== '') parts.push({ text: literal, isExpression: false });
      literal = '';
      const end = closingBrace(text, at + 2);
      parts.push({ text: text.slice(at + 2, end), isExpression: true });
      at = end + 1;
    } else {
      literal += text.charAt(at);
      at += 1;
    }
  }
  return literal === '' ? parts : [...parts, { text: literal, isExpression: false }];
}

/** Where the brace that is open at `from` closes; braces within strings pair up, since only `${` opens them there. */
function closingBrace(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at += 1) {
    if (text.charAt(at) === '{') depth += 1;
    if (text.charAt(at) === '}') depth -= 1;
    if (depth === 0) return at;
  }
  throw new Error(`An expression is not closed: ${text}`);
}

function withoutOuterParentheses(text: string): string {
  if (!text.startsWith('(') || !text.endsWith(')')) return text;
  let depth = 0;
  for (let at = 0; at < text.length - 1; at += 1) {
    if (text.charAt(at) === '(') depth += 1;
    if (text.charAt(at) === ')') depth -= 1;
    if (depth === 0) return text;
  }
  return text.slice(1, -1);
}
