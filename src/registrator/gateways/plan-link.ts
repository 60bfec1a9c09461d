import { nameKey } from '../../lambda-service/place.ts';
import type { GatewayView, Link } from '../model/gateway.ts';
import { isLinked, isListed } from './entry.ts';

/** What is to become of a service's link to a terminating gateway. */
export interface LinkPlan {
  /** The Meta `lambda-terminating-gateway` that the service is to have. */
  meta: string | undefined;
  /** The gateway that must be made to list the service, after the Meta is written. */
  add?: string;
  /** The gateway that must cease to list it, before the Meta or the service goes. */
  remove?: string;
  /** A gateway that nothing can be said of, so that everything stays: one that could not be read, or was not. */
  closed?: string;
}

/**
 * Which gateway is to list a service, and which is to cease to. The Meta names the gateway that lists it because a
 * registrator made it do so: links of others are used, never marked and never removed.
 *
 * | wanted        | Meta     | the gateway that is wanted        | meta | add | remove |
 * |---------------|----------|-----------------------------------|------|-----|--------|
 * | none          | none     |                                   | none |     |        |
 * | none          | a        |                                   | none |     | a, where it lists the service |
 * | a             | none     | lists it, or all of its namespace | none |     |        |
 * | a             | none     | does not                          | a    | a   |        |
 * | a             | a        | lists it                          | a    |     |        |
 * | a             | a        | lists all of its namespace only   | none |     |        |
 * | a             | a        | does not                          | a    | a   |        |
 * | b             | a        | lists it, or all of its namespace | none |     | a, where it lists the service |
 * | b             | a        | does not                          | b    | b   | a, where it lists the service |
 * | any           | any      | it or the one of the Meta is not seen | as it is |  |  |
 *
 * @param wanted the gateway that the function asks for; none for a service that is to go
 * @param current what the service's Meta says
 * @param views by {@link nameKey} of the gateway: both, wanted and current, must have been read
 */
export function planLink(
  wanted: string | undefined,
  current: { gateway: string | undefined },
  link: Link,
  views: ReadonlyMap<string, GatewayView>,
): LinkPlan {
  const ours = current.gateway;
  const closed = [wanted, ours].find((name) => name !== undefined && entryOf(views, name) === undefined);
  if (closed !== undefined) return { meta: ours, closed };
  const isSame = wanted !== undefined && ours !== undefined && nameKey(wanted) === nameKey(ours);
  if (isSame && lists(views, ours, link)) return { meta: ours };
  const isNeeded = wanted !== undefined && !leadsTo(views, wanted, link);
  return {
    ...(isNeeded ? { meta: isSame ? ours : wanted, add: wanted } : { meta: undefined }),
    ...(ours !== undefined && !isSame && lists(views, ours, link) ? { remove: ours } : {}),
  };
}

type Seen = Extract<GatewayView, { kind: 'seen' }>;

function entryOf(views: ReadonlyMap<string, GatewayView>, gateway: string): Seen | undefined {
  const view = views.get(nameKey(gateway));
  return view?.kind === 'seen' ? view : undefined;
}

function lists(views: ReadonlyMap<string, GatewayView>, gateway: string, link: Link): boolean {
  return isListed(entryOf(views, gateway)?.entry, link);
}

function leadsTo(views: ReadonlyMap<string, GatewayView>, gateway: string, link: Link): boolean {
  const view = entryOf(views, gateway);
  return view !== undefined && isLinked(view, link);
}
