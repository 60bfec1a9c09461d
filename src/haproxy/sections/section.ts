import type { Endpoint } from '../model.ts';
import { endpointText } from '../addresses.ts';

/** A section's lines: its heading and what is in it. */
export function section(heading: string, lines: readonly string[]): string[] {
  return [heading, ...lines.map((line) => (line.startsWith('.') ? line : `    ${line}`))];
}

export function sorted<Item>(items: Iterable<Item>, keyOf: (item: Item) => string): Item[] {
  return [...items]
    .map((item) => ({ item, key: keyOf(item) }))
    .sort((left, right) => (left.key < right.key ? -1 : Number(left.key > right.key)))
    .map(({ item }) => item);
}

/** `bind` lines in the order of their addresses. */
export function bindLines(binds: readonly Endpoint[], options = ''): string[] {
  return sorted(binds.map(endpointText), (text) => text).map((text) => `bind ${text}${options}`);
}
