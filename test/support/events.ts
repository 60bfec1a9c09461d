import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('../../fixtures/events/', import.meta.url);

/** The names of all events in `fixtures/events`. */
export const eventNames: readonly string[] = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.slice(0, -'.json'.length))
  .toSorted();

/** An event of `fixtures/events`, by the name of its scenario. */
export function eventFixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'));
}
