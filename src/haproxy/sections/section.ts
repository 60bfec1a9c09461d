import { type Endpoint, endpointText } from '../../core/network/addresses.ts';

/** A section as text, without a newline at its end. */
export function section(heading: string, lines: readonly string[]): string {
  return [heading, ...lines].join('\n    ');
}

/** The items in the order of their keys, by code unit, so that no locale changes a file. */
export function sorted<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[] {
  if (items.length < 2) return [...items];
  return items
    .map((item) => ({ item, key: keyOf(item) }))
    .sort((left, right) => (left.key < right.key ? -1 : Number(left.key > right.key)))
    .map(({ item }) => item);
}

/** Part of an optional member: nothing where there is none. */
export function linesFor<Value>(
  value: Value | undefined,
  lines: (value: Value) => readonly string[],
): readonly string[] {
  return value === undefined ? [] : lines(value);
}

/** `bind` lines in the order of their addresses. */
export function bindLines(binds: readonly Endpoint[], options = ''): string[] {
  return sorted(binds.map(endpointText), (text) => text).map((text) => `bind ${text}${options}`);
}
