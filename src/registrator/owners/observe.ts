import { AppError } from '../../core/errors.ts';
import { type Place, placeText } from '../../lambda-service/place.ts';
import { placeKey } from '../model/key.ts';
import { type Observed, seesWhole, together } from '../model/snapshot.ts';
import { observeNames } from '../read/observe.ts';
import {
  homePlaces,
  inDatacenters,
  lookAt,
  rememberedDatacenters,
  rememberedPlaces,
} from '../read/places.ts';
import type { Run } from '../run.ts';
import type { Unseen } from './unseen.ts';

/** What concerns some names, and where that was looked for. */
export interface Seen {
  places: Place[];
  observed: Observed;
  unseen: Unseen[];
}

/**
 * What concerns `names` wherever services of this registrator may be: at home, and in the datacenters that our node there
 * remembers unless one is managed alone. What cannot be seen outside home is told beside it.
 * @throws AppError when home cannot be read, or not whole
 */
export async function observeManaged(run: Run, names: readonly string[]): Promise<Seen> {
  const { nodeName } = run.config;
  const look = (place: Place) => observeNames(run, place, names, []);
  const { places: known, namespaces } = await homePlaces(run);
  const first = await lookAt(run, known, look);
  const remembered = rememberedPlaces(known, namespaces, first);
  const home = together([first, await lookAt(run, remembered, look)]);
  const atHome = [...known, ...remembered];
  if (!atHome.every((place) => seesWhole(home, place))) {
    throw new AppError(
      'UPSTREAM_AUTH',
      `Node ${nodeName} may exist, but cannot be seen: the registrator sends no token, or one that lacks node:read. Allow node "${nodeName}" { policy = "write" }.`,
    );
  }
  const datacenters = rememberedDatacenters(run, home.nodes);
  const abroad = inDatacenters(atHome, datacenters);
  const observed = together([home, await lookAt(run, abroad, look, datacenters)]);
  const places = [...atHome, ...abroad];
  const unseen = places.flatMap((place) => {
    const error = observed.closed.get(placeKey(place));
    return error === undefined ? [] : [{ where: placeText(place), error }];
  });
  return { places: places.filter((place) => !observed.closed.has(placeKey(place))), observed, unseen };
}
