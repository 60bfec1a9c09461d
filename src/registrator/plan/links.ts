import { nameKey } from '../../lambda-service/place.ts';
import { leafMetaKeys, metaKeys } from '../../lambda-service/service.ts';
import { linkOf } from '../gateways/entry.ts';
import { type LinkPlan, planLink } from '../gateways/plan-link.ts';
import type { Relink } from '../model/change.ts';
import { entryKey } from '../model/key.ts';
import { keptService, type Pair } from '../model/ownership.ts';
import type { Case, ClosedLink } from './case.ts';

/** What is to become of the link of one service. */
export interface PlannedLink {
  /** The Meta that the service is to have. */
  meta: Record<string, string>;
  relink?: Relink;
  closedLink?: ClosedLink;
}

/**
 * The link that a service is to have.
 * @param wanted the gateway that its function asks for; none for a service that goes
 */
export function plannedLink(
  name: Case,
  { service, arn, gateway }: { service: string; arn: string; gateway: string | undefined },
): PlannedLink {
  const { place, pair } = name;
  const known = [keptService(pair), siblingOf(name, arn)?.service];
  const [current] = known.flatMap((service) => service?.Meta?.[metaKeys.gateway] ?? []);
  const link = linkOf(place, service);
  if (link === undefined || (gateway === undefined && current === undefined)) return { meta: {} };
  const { gateways } = name.snapshot.observed;
  const { meta, add, remove, closed } = planLink(gateway, { gateway: current }, link, gateways);
  return {
    meta: meta === undefined ? {} : { [metaKeys.gateway]: meta },
    ...(add === undefined && remove === undefined
      ? {}
      : { relink: { link, ...(add !== undefined && { add }), ...(remove !== undefined && { remove }) } }),
    ...closedLinkOf(name, closed, {
      service,
      arn,
      isGone: gateway === undefined && name.claims.length === 0,
    }),
  };
}

function closedLinkOf(
  { snapshot }: Case,
  gateway: LinkPlan['closed'],
  about: Omit<ClosedLink, 'gateway' | 'error'>,
): Pick<PlannedLink, 'closedLink'> {
  const view = snapshot.observed.gateways.get(nameKey(gateway ?? ''));
  return gateway === undefined || view?.kind !== 'closed'
    ? {}
    : { closedLink: { ...about, gateway, error: view.error } };
}

/** The service of the same name and function in another datacenter: what moves keeps its link and its parameter. */
function siblingOf({ key, place, siblings }: Case, arn: string): Pair | undefined {
  return siblings
    .get(entryKey(key))
    ?.find(
      (pair) => pair.place.datacenter !== place.datacenter && pair.service?.Meta?.[metaKeys.arn] === arn,
    );
}

/** The Meta by which a service that moves between datacenters or nodes goes on to know its parameter. */
export function keptLeaf(name: Case, arn: string): Record<string, string> {
  if (name.pair.service !== undefined) return {};
  const held = keptService(name.pair) ?? siblingOf(name, arn)?.service;
  const moved = held?.Meta?.[metaKeys.arn] === arn ? held : undefined;
  const keys: readonly string[] = Object.values(leafMetaKeys);
  return Object.fromEntries(Object.entries(moved?.Meta ?? {}).filter(([key]) => keys.includes(key)));
}
