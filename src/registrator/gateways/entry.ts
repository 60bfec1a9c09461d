import type { TerminatingGateway } from '../../consul/api.ts';
import { nameKey, type Place } from '../../lambda-service/place.ts';
import type { GatewayView, Link } from '../model/gateway.ts';

/** Consul's own partition and namespace, in which the entries of gateways are. */
export const defaultName = 'default';

/** Lists every service of its namespace, later ones, too. */
const wildcard = '*';

/** How gateways list a service of a place; undefined in partitions whose services they cannot list. */
export function linkOf({ partition = defaultName, namespace }: Place, service: string): Link | undefined {
  if (partition !== defaultName) return undefined;
  return namespace === undefined ? { service } : { service, namespace };
}

/** Whether a gateway lists a service under its own name. */
export function isListed(entry: TerminatingGateway | undefined, link: Link): boolean {
  const wanted = linkKey(link);
  return linksOf(entry).some((linked) => linkedKey(linked) === wanted);
}

/** Whether a gateway is seen to lead to a service: under its own name, or with all of its namespace. */
export function isLinked(view: GatewayView, link: Link): boolean {
  return view.kind === 'seen' && leadsTo(view.entry, link);
}

/**
 * The entry of a gateway that leads to the services of `add`, and no longer lists those of `remove`, unless they are to be
 * added as well. Everything else in it stays as it is and where it is; what is added comes last.
 * @param entry as it was read; undefined where there is none
 * @returns undefined where that is what the entry says already
 */
export function relinked(
  entry: TerminatingGateway | undefined,
  gateway: string,
  add: readonly Link[],
  remove: readonly Link[],
): TerminatingGateway | undefined {
  const before = linksOf(entry);
  const going = new Set(remove.map(linkKey));
  for (const link of add) going.delete(linkKey(link));
  const kept = before.filter((linked) => !going.has(linkedKey(linked)));
  const base: TerminatingGateway = {
    ...(entry ?? { Kind: 'terminating-gateway', Name: gateway }),
    Services: kept,
  };
  const missing = new Map(
    add.filter((link) => !leadsTo(base, link)).map((link) => [linkKey(link), linkedService(link)]),
  );
  if (kept.length === before.length && missing.size === 0) return undefined;
  return { ...base, Services: [...kept, ...missing.values()] };
}

type Linked = NonNullable<TerminatingGateway['Services']>[number];

function linksOf(entry: TerminatingGateway | undefined): readonly Linked[] {
  return entry?.Services ?? [];
}

function leadsTo(entry: TerminatingGateway | undefined, link: Link): boolean {
  return isListed(entry, link) || isListed(entry, { ...link, service: wildcard });
}

function linkedService({ service, namespace }: Link): Linked {
  return { Name: service, ...(namespace === undefined ? {} : { Namespace: namespace }) };
}

function linkedKey({ Name, Namespace }: Linked): string {
  return linkKey({ service: Name, ...(Namespace ? { namespace: Namespace } : {}) });
}

/** Consul's index of the services of gateways is in lower case. */
function linkKey({ service, namespace = defaultName }: Link): string {
  return nameKey(`${namespace}/${service}`);
}
