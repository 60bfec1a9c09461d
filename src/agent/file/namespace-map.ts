import * as z from 'zod';
import { jsonFault } from '../../config/json-fault.ts';
import { keyText, type Path, type PathRemark, readTree } from '../../config/yaml/tree.ts';

/** What `NAMESPACE_MAP` gives: entries as the file has them, and what is to be said of it. */
export interface NamespaceMap {
  /** Undefined with problems. */
  readonly namespaces: readonly object[] | undefined;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** The variable's name. */
export const namespaceMap = 'NAMESPACE_MAP';

/** Keys of the file by those of the Cloud Map image, and of two of ours; what they hold is judged as in the file. */
const fileKeys: ReadonlyMap<string, string> = new Map([
  ['namespace', 'namespace'],
  ['domainname', 'domain'],
  ['mode', 'mode'],
  ['ownerAccount', 'owner_account'],
  ['defaultPort', 'default_port'],
]);

const entry = z.object(Object.fromEntries([...fileKeys.keys()].map((key) => [key, z.unknown().optional()])));

/** Reads `[{namespace, domainname, mode?, ownerAccount?, defaultPort?}]`. */
export function readNamespaceMap(text: string): NamespaceMap {
  const fault = jsonFault(text);
  if (fault !== undefined) {
    const problem = `is no JSON: it breaks on line ${fault.line}, column ${fault.column}`;
    return { namespaces: undefined, problems: [told({ path: [], words: problem })], warnings: [] };
  }
  const { value, problems, unknown } = readTree(JSON.parse(text), z.array(entry));
  return {
    namespaces: value?.map((keys) => asInFile(keys)),
    problems: problems.map(told),
    warnings: unknown.map(told),
  };
}

/** What users call a value of the map, as `NAMESPACE_MAP: [1].domainname`, by its path in the file's namespaces. */
export function nameInMap(path: Path): string {
  const written = path.map((step) => [...fileKeys].find(([, key]) => key === step)?.[0] ?? step);
  return [namespaceMap, keyText(written)].filter((part) => part !== '').join(': ');
}

function told({ path, words }: PathRemark): string {
  return `${nameInMap(path)}: ${words}`;
}

/** Keys that hold nothing count as left out, as in the file. */
function asInFile(keys: Readonly<Record<string, unknown>>): object {
  const given = Object.entries(keys).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(given.map(([key, value]) => [fileKeys.get(key) ?? key, value]));
}
