/**
 * The member of `record` under a key that somebody else chose; undefined where it has none. An index expression finds
 * what objects inherit, too: `toString`, `constructor`, `__proto__`.
 */
export function ownMember<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
