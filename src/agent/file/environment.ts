import { ownMember, isPlainObject } from '../../core/objects.ts';
import type { Environment } from '../../config/options.ts';
import { keyText, type Path } from '../../config/yaml/tree.ts';
import type { Overlaid } from '../../config/yaml/file.ts';
import { nameInMap, namespaceMap, readNamespaceMap } from './namespace-map.ts';

/** A variable that stands for a key of the file. */
interface Variable {
  readonly name: string;
  readonly path: Path;
  /** The section without which it means nothing, since many programs read it; absent: it always counts. */
  readonly within?: string;
  /** The value as the file would have it; the text itself without it. */
  readonly read?: (text: string) => unknown;
}

const cloudMap: Path = ['sources', 'cloud_map'];
const consul: Path = ['sources', 'consul'];

/** Those that need no further thought. Digits are numbers, as in the file; what is none is told by the key. */
export const variables: readonly Variable[] = [
  { name: 'AWS_REGION', path: [...cloudMap, 'region'], within: 'cloud_map' },
  { name: 'CONSUL_HTTP_ADDR', path: [...consul, 'address'], within: 'consul' },
  { name: 'CONSUL_CACERT', path: [...consul, 'ca_file'], within: 'consul' },
  { name: 'DOCKER_HOST', path: ['sources', 'docker', 'address'], within: 'docker' },
  { name: 'APPLY_MODE', path: ['apply', 'mode'], read: (text) => (text === 'on' ? 'on' : 'off') },
  { name: 'DEFAULT_DOMAIN', path: ['routing', 'default_domain'] },
  { name: 'BIND', path: ['bind'], read: words },
  { name: 'TRUSTED_PROXIES', path: ['trusted_proxies'], read: words },
  { name: 'HEALTH_BIND', path: ['health', 'bind'] },
  { name: 'HEALTH_SOURCE_FAILURES', path: ['health', 'source_failures'], read: numeral },
  { name: 'ADMIN_BIND', path: ['admin', 'bind'] },
  { name: 'STATE_DIRECTORY', path: ['haproxy', 'dir'], read: (text) => text.replace(/:.*$/s, '') },
  { name: 'HAPROXY_BIN', path: ['haproxy', 'bin'] },
];

/**
 * Puts the environment over the values of the agent's file. An empty variable counts as left out, as Terraform and shells
 * produce them.
 * @param hasFile without one `AWS_REGION` and `NAMESPACE_MAP` are what must be given
 */
export function overlayEnvironment(values: unknown, env: Environment, hasFile: boolean): Overlaid {
  const over = createOverlay(values);
  const problems: string[] = [];
  const warnings: string[] = [];
  const given = (name: string): string | undefined => env[name] || undefined;

  const map = given(namespaceMap);
  if (map !== undefined || !hasFile) {
    if (!over.has(cloudMap)) over.name([...cloudMap, 'region'], 'AWS_REGION');
    const read = map === undefined ? undefined : readNamespaceMap(map);
    // What could not be read is told already, and shall not seem to be missing besides.
    over.set([...cloudMap, 'namespaces'], read?.problems.length ? unread : read?.namespaces, namespaceMap);
    problems.push(...(read?.problems ?? []));
    warnings.push(...(read?.warnings ?? []));
  }
  for (const { name, path, within, read } of variables) {
    const text = given(name);
    if (text !== undefined && (within === undefined || over.has(['sources', within])))
      over.set(path, read ? read(text) : text, name);
  }
  const rate = given('REFRESH_RATE');
  if (rate !== undefined && over.has(cloudMap)) {
    const seconds = Number.parseInt(rate, 10);
    if (Number.isNaN(seconds))
      problems.push(`REFRESH_RATE: must be a number of seconds, not ${JSON.stringify(rate)}`);
    else over.set([...cloudMap, 'refresh'], Math.max(1, seconds), 'REFRESH_RATE');
    if (seconds < 1) warnings.push(`REFRESH_RATE: is below 1 second, which is taken instead`);
  }
  setToken(over, given);
  return { values: over.values, nameOf: (path) => over.nameOf(path), problems, warnings };
}

const unread = [{ namespace: 'unread', mode: 'path' }];

/** A token of the environment takes the place of any token of the file; of two there, the file's name wins, as for Consul. */
function setToken(over: Layer, given: (name: string) => string | undefined): void {
  if (!over.has(consul)) return;
  const [file, token] = [given('CONSUL_HTTP_TOKEN_FILE'), given('CONSUL_HTTP_TOKEN')];
  if (file === undefined && token === undefined) return;
  over.set([...consul, 'token'], file === undefined ? token : undefined, 'CONSUL_HTTP_TOKEN');
  over.set([...consul, 'token_file'], file, 'CONSUL_HTTP_TOKEN_FILE');
}

type Layer = ReturnType<typeof createOverlay>;

/** A copy of values that others are put over, and what those are called. */
function createOverlay(values: unknown) {
  const names = new Map<string, string>();
  let copy = values;
  return {
    get values(): unknown {
      return copy;
    },
    /** Undefined takes a value away. */
    set(path: Path, value: unknown, name: string): void {
      copy = withMember(copy, path, value);
      names.set(keyText(path), name);
    },
    name: (path: Path, name: string): void => void names.set(keyText(path), name),
    has: (path: Path): boolean => memberAt(copy, path) !== undefined,
    nameOf(path: Path): string | undefined {
      for (let length = path.length; length > 0; length -= 1) {
        const name = names.get(keyText(path.slice(0, length)));
        if (name !== undefined) return name === namespaceMap ? nameInMap(path.slice(length)) : name;
      }
      return undefined;
    },
  };
}

function memberAt(values: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) => (isPlainObject(value) ? ownMember(value, String(step)) : undefined),
    values,
  );
}

/** What is no mapping stays, so that it is told that it should be one. */
function withMember(values: unknown, [step, ...rest]: Path, value: unknown): unknown {
  if (step === undefined) return value;
  if (values !== undefined && !isPlainObject(values)) return values;
  const key = String(step);
  return { ...values, [key]: withMember(ownMember(values ?? {}, key), rest, value) };
}

function words(text: string): string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

function numeral(text: string): unknown {
  return /^\d{1,15}$/.test(text) ? Number(text) : text;
}
