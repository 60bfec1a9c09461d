import type { TerminatingGateway } from '../../consul/api.ts';
import { mapConcurrent } from '../../core/concurrency.ts';
import { isAppError } from '../../core/errors.ts';
import { agentsPlace, nameKey, type Place } from '../../lambda-service/place.ts';
import { metaKeys } from '../../lambda-service/service.ts';
import { keptService } from '../model/ownership.ts';
import { type Snapshot, wantedServices } from '../model/snapshot.ts';
import type { Territory } from '../model/territory.ts';
import { entriesPlace } from '../primary.ts';
import type { Run } from '../run.ts';
import type { GatewayView } from '../model/gateway.ts';
import { defaultName } from './entry.ts';

const readsInFlight = 8;

/**
 * What gateways lead to, by {@link nameKey} of their names: one read each. A gateway that cannot be read is closed, and
 * whoever needs it hears why; the others are not held up by it.
 */
export async function readGateways(run: Run, names: Iterable<string>): Promise<Map<string, GatewayView>> {
  const gateways = new Map([...names].map((name) => [nameKey(name), name]));
  const views = await mapConcurrent(
    [...gateways],
    readsInFlight,
    async ([key, name]): Promise<[string, GatewayView]> => [key, await view(run, name)],
  );
  return new Map(views);
}

/**
 * The snapshot with what the terminating gateways lead to that functions name, or services say to be linked to: one read a
 * gateway that it does not know yet.
 */
export async function withGateways(run: Run, snapshot: Snapshot, territory: Territory): Promise<Snapshot> {
  const { observed, functions } = snapshot;
  const ground = { ...territory, closed: observed.closed };
  const wanted = [...functions.values()].flatMap((state) => wantedServices(state, ground));
  const names = [
    ...wanted.map(({ service }) => service.gateway),
    ...[...observed.pairs.values()].map((pair) => keptService(pair)?.Meta?.[metaKeys.gateway]),
  ].filter((name) => name !== undefined);
  const unread = names.filter((name) => !observed.gateways.has(nameKey(name)));
  if (unread.length === 0) return snapshot;
  const gateways = new Map([...observed.gateways, ...(await readGateways(run, unread))]);
  return { ...snapshot, observed: { ...observed, gateways } };
}

/**
 * The entry of one gateway, undefined where there is none.
 * @param place one that {@link gatewaysPlace} does not give yet
 * @throws AppError when it cannot be read
 */
export function readGateway(
  run: Run,
  name: string,
  place: Place = gatewaysPlace(run),
): Promise<TerminatingGateway | undefined> {
  return run.consul.terminatingGateway(place, name, run.deadline);
}

/** Where the entries of gateways are. */
export function gatewaysPlace(run: Run): Place {
  const own = run.config.enterprise ? { partition: defaultName, namespace: defaultName } : agentsPlace;
  return entriesPlace(run, own);
}

async function view(run: Run, name: string): Promise<GatewayView> {
  try {
    return { kind: 'seen', entry: await readGateway(run, name) };
  } catch (error) {
    if (!isAppError(error)) throw error;
    return { kind: 'closed', error };
  }
}
