import { nameKey } from '../../../lambda-service/place.ts';

/** The service of Consul's own servers, whose ports are not HTTP's. */
const servers = 'consul';

/**
 * The services that are wanted, by their names in lower case, since names that differ in case are one service to Consul;
 * each with a name as the catalog writes it.
 * @param patterns names, in which `*` is any text and `?` any character
 */
export function chosenNames(listed: Iterable<string>, patterns: readonly string[]): Map<string, string> {
  const wanted = patterns.map(patternOf);
  const chosen = new Map<string, string>();
  for (const name of [...listed].toSorted()) {
    const key = nameKey(name);
    const isWanted = key !== servers && wanted.some((pattern) => pattern.test(key));
    if (isWanted && !chosen.has(key)) chosen.set(key, name);
  }
  return chosen;
}

function patternOf(glob: string): RegExp {
  const source = nameKey(glob)
    .replaceAll(/[\\^$.|+()[\]{}]/g, String.raw`\$&`)
    .replaceAll(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'su');
}
