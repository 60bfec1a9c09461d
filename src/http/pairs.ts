import { jsonString } from './json-text.ts';

/**
 * Names with their values in order, as header lines and query parameters are: a name may come several times, in any
 * case.
 */
export type Pairs = [name: string, value: string][];

/**
 * The pairs of a map as Lambda's events have them: a text or a list of texts a name
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html, `headers` and
 * `multiValueHeaders`). Absent maps and values of other types have none.
 */
export function pairsIn(map: Readonly<Record<string, unknown>> | null | undefined): Pairs {
  return Object.entries(map ?? {}).flatMap(([name, values]) =>
    [values]
      .flat()
      .filter((value) => typeof value === 'string')
      .map((value): Pairs[number] => [name, value]),
  );
}

/** Every name with the list of its values, as in `multiValueHeaders`. */
export function valueLists(pairs: Iterable<Readonly<Pairs[number]>>): Record<string, string[]> {
  const lists = new Map<string, string[]>();
  for (const [name, value] of pairs) {
    const values = lists.get(name);
    if (values) values.push(value);
    else lists.set(name, [value]);
  }
  return Object.fromEntries(lists);
}

/** A map of texts as JSON, in its order; any name is a member like all others. */
export function jsonOfTexts(texts: ReadonlyMap<string, string>): string {
  let members = '';
  for (const [name, text] of texts) {
    members += `${members === '' ? '' : ','}${jsonString(name)}:${jsonString(text)}`;
  }
  return `{${members}}`;
}

/** One value a name: the first one, to which `combine` puts each that follows. */
export function combined(
  pairs: Readonly<Pairs>,
  combine: (held: string, value: string, name: string) => string,
): Map<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of pairs) {
    const held = values.get(name);
    values.set(name, held === undefined ? value : combine(held, value, name));
  }
  return values;
}
