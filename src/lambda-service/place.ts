/**
 * Where in Consul something is. A member left out is the agent's own: its datacenter, the partition and the namespace
 * `default`; Community servers refuse requests that name a partition or a namespace.
 */
export interface Place {
  readonly datacenter?: string;
  readonly partition?: string;
  readonly namespace?: string;
}

/** The place of whoever names none. */
export const agentsPlace: Place = {};

/** A name in lower case, as Consul's indexes have it: names that differ in case alone are one. */
export function nameKey(name: string): string {
  return name.toLowerCase();
}

/** As ` in datacenter dc2, namespace team`; empty for the agent's own place. */
export function inPlace({ datacenter, partition, namespace }: Place): string {
  const parts = Object.entries({ datacenter, partition, namespace }).flatMap(([part, name]) =>
    name === undefined ? [] : `${part} ${name}`,
  );
  return parts.length === 0 ? '' : ` in ${parts.join(', ')}`;
}
