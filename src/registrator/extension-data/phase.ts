import { mapConcurrent } from '../../core/concurrency.ts';
import { isAppError } from '../../core/errors.ts';
import { nameKey } from '../../lambda-service/place.ts';
import { byPlace } from '../model/change.ts';
import { placeKey } from '../model/key.ts';
import type { PlanSettings } from '../plan/case.ts';
import type { Reconciled } from '../reconcile.ts';
import type { Run } from '../run.ts';
import { failureOf } from '../report/findings.ts';
import type { ExtensionReport } from './findings.ts';
import type { Registered } from './registered.ts';
import { renewExtensionData } from './renew.ts';
import { standingServices } from './standing-services.ts';

const readsInFlight = 4;

/** Gives the functions that are registered now their certificates. */
export async function giveExtensionData(
  run: Run,
  settings: PlanSettings,
  { snapshot, settled, keys }: Reconciled,
): Promise<ExtensionReport> {
  if (run.config.extension === undefined) return { changes: [], failures: [], warnings: [] };
  const standing = standingServices(snapshot, settings, settled, keys);
  const written = settled.filter(({ change, outcome }) => outcome === 'done' && change.writes.service);
  const changed = byPlace(written.map(({ change }) => change)).map(({ place }) => place);
  try {
    return await renewExtensionData(run, run.dryRun ? standing : await readAgain(run, standing, changed));
  } catch (error) {
    if (!isAppError(error)) throw error;
    return { changes: [], failures: [failureOf('', '', error)], warnings: [] };
  }
}

/** Services of places that were written to, with the indexes that they have now: one list a place. */
async function readAgain(
  { consul, config, deadline }: Run,
  standing: readonly Registered[],
  places: readonly Registered['place'][],
): Promise<Registered[]> {
  const lists = await mapConcurrent(places, readsInFlight, async (place) => {
    const { services } = await consul.nodeServices(place, config.nodeName, deadline);
    return [placeKey(place), new Map(services.map((service) => [nameKey(service.ID), service]))] as const;
  });
  const byPlaceAndName = new Map(lists);
  return standing.map((one) => {
    const now = byPlaceAndName.get(placeKey(one.place))?.get(nameKey(one.service.ID));
    return now === undefined ? one : { ...one, service: now };
  });
}
