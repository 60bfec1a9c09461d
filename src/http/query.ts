import type { Pairs } from './pairs.ts';

/**
 * The parameters of a query as their bytes came. A name without `=` has an empty value; nothing between two `&` is no
 * parameter.
 */
export function rawParameters(query: string | undefined): Pairs {
  if (!query) return [];
  return query
    .split('&')
    .filter((parameter) => parameter !== '')
    .map((parameter) => {
      const at = parameter.indexOf('=');
      return at < 0 ? [parameter, ''] : [parameter.slice(0, at), parameter.slice(at + 1)];
    });
}

/** The parameters of a query as forms write them: `+` is a blank, escapes are UTF-8, and those that are none stay. */
export function decodedParameters(query: string | undefined): Pairs {
  return rawParameters(query).map(([name, value]) => [decodeFormText(name), decodeFormText(value)]);
}

/** Replaces percent escapes (RFC 3986 section 2.1) by the UTF-8 that they stand for; those that stand for none stay. */
export function decodePercent(text: string): string {
  return text.includes('%') ? text.replaceAll(/(?:%[\da-f]{2})+/gi, decodedEscapes) : text;
}

function decodeFormText(text: string): string {
  return decodePercent(text.replaceAll('+', ' '));
}

function decodedEscapes(escapes: string): string {
  try {
    return decodeURIComponent(escapes);
  } catch {
    return escapes;
  }
}
