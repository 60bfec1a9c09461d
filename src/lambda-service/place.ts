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

/** A place in words, as `datacenter dc2, partition ops, namespace default`; empty for the agent's own. */
export function placeText({ datacenter, partition, namespace }: Place): string {
  return Object.entries({ datacenter, partition, namespace })
    .flatMap(([part, name]) => (name === undefined ? [] : `${part} ${name}`))
    .join(', ');
}

/** As ` in datacenter dc2, namespace team`; empty for the agent's own place. */
export function inPlace(place: Place): string {
  const text = placeText(place);
  return text === '' ? '' : ` in ${text}`;
}
