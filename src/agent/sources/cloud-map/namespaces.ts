import type { Namespace } from '../../../aws/cloud-map/api.ts';
import { sorted } from '../../../haproxy/sections/section.ts';
import type { RouteClaim } from '../../model/sighting.ts';
import type { CloudMapNamespace } from './settings.ts';

/** A namespace that is asked for, with all that the configuration says of it. */
export interface WantedNamespace {
  readonly name: string;
  /** Undefined for the caller's own account. */
  readonly owner: string | undefined;
  /** Accounts whose namespace of this name is another one that is asked for. */
  readonly strangers: readonly string[];
  /** One at least. */
  readonly entries: readonly CloudMapNamespace[];
  /** What follows a service's name in its key. */
  readonly keyEnd: string;
}

/**
 * The namespaces of a configuration, each once. Those of several accounts may have one name; their services must not
 * become one, so that keys of other accounts' services end in the account.
 */
export function wantedNamespaces(entries: readonly CloudMapNamespace[]): WantedNamespace[] {
  const groups = new Map<string, [CloudMapNamespace, ...CloudMapNamespace[]]>();
  for (const entry of entries) {
    const key = JSON.stringify([entry.namespace, entry.ownerAccount]);
    const group = groups.get(key);
    if (group) group.push(entry);
    else groups.set(key, [entry]);
  }
  const wanted = [...groups.values()];
  return wanted.map((group) => {
    const [{ namespace: name, ownerAccount: owner }] = group;
    const others = wanted.filter((other) => other !== group && other[0].namespace === name);
    const strangers = others.flatMap(([other]) => other.ownerAccount ?? []);
    const keyEnd = others.length === 0 || owner === undefined ? name : `${name}.${owner}`;
    return { name, owner, strangers, entries: group, keyEnd };
  });
}

/** Those that answer to a wanted namespace, the one that counts first: whoever had the name first is discovered by it. */
export function namespacesNamed(
  { name, owner, strangers }: WantedNamespace,
  listed: readonly Namespace[],
): Namespace[] {
  const isOf = (account: string | undefined): boolean =>
    owner === undefined ? !strangers.includes(account ?? '') : account === owner;
  const named = listed.filter((namespace) => namespace.name === name && isOf(namespace.owner));
  return sorted(named, rank);
}

function rank({ name, httpName, id }: Namespace): string {
  return `${httpName === name ? 0 : 1} ${id}`;
}

/** What people call a service: SRV records want names such as `_web._tcp`. */
export function plainName(service: string): string {
  return /^_(.+)\._tcp$/i.exec(service)?.[1] ?? service;
}

/** Under which name a service is known outside of its namespace. */
export function serviceKey({ keyEnd }: WantedNamespace, service: string): string {
  return `${plainName(service)}.${keyEnd}`;
}

/** The routes that a service has by its name. */
export function routesByName({ entries }: WantedNamespace, service: string): RouteClaim[] {
  const name = plainName(service);
  return entries.map(({ mode, domain }) =>
    mode === 'host' ? { host: `${name}.${domain}` } : { path: `/${name}`, strip: true },
  );
}

/** The port of instances that name none. */
export function defaultPortOf({ entries }: WantedNamespace): number | undefined {
  return entries.map(({ defaultPort }) => defaultPort).find((port) => port > 0);
}
