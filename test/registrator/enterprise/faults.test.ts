import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { halves } from '../../support/consul/catalog.ts';
import { extent, firstSeed } from '../../support/explorations.ts';
import type { Fault } from '../../support/http/faulty-front.ts';
import { fullSync, syncOf } from '../../support/registrator/registrator.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { arnOf, createTagWorld } from '../../support/aws/tag-world.ts';
import { useEnterprise } from '../../support/places/use-enterprise.ts';

const given = useEnterprise({
  places: { default: ['team'], sales: ['shop'], ops: [] },
  env: { MAX_DELETE_PERCENT: '100' },
});

const places = [
  { partition: 'default', namespace: 'default' },
  { partition: 'default', namespace: 'team' },
  { partition: 'sales', namespace: 'default' },
  { partition: 'sales', namespace: 'shop' },
  { partition: 'ops', namespace: 'default' },
];
const names = Array.from({ length: 8 }, (_, index) => `fn-${index}`);
const faults: Fault[] = [
  'reset',
  'lost',
  'cut',
  { status: 500, body: 'rpc error' },
  { status: 503, body: '' },
];
const faultShare = 0.3;
const syncsOfOneSeed = 10;

/** Names by place, of all that is registered. */
async function everywhere(): Promise<Set<string>> {
  const found = await Promise.all(
    places.map(async ({ partition, namespace }) => {
      const state = await given.registered(partition, namespace);
      return Object.keys(state.services).map((name) => `${partition}/${namespace}/${name}`);
    }),
  );
  return new Set(found.flat());
}

test.each(Array.from({ length: extent(5) }, (_, index) => firstSeed + index))(
  'syncs with three of ten calls failing lose nothing, and are exact two clean ones later (seed %i)',
  async (seed) => {
    const random = seededRandom(seed);
    const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
    const world = createTagWorld();
    const parts = { ...given.registrator({}), functions: world.functions };
    const wanted = new Map<string, string>();
    const change = (name: string): void => {
      if (random() < 0.2) {
        world.remove(name);
        wanted.delete(name);
        return;
      }
      const place = pick(places);
      world.set(name, { enabled: 'true', ...place });
      wanted.set(name, `${place.partition}/${place.namespace}/${name}`);
    };
    for (const name of names) change(name);
    await fullSync(parts);
    expect(await everywhere()).toEqual(new Set(wanted.values()));

    for (let sync = 0; sync < syncsOfOneSeed; sync += 1) {
      const name = pick(names);
      change(name);
      const before = await everywhere();
      given.watch(() => (random() < faultShare ? pick(faults) : undefined));
      const [outcome] = await Promise.allSettled([random() < 0.5 ? syncOf(parts, name) : fullSync(parts)]);
      given.watch();
      if (outcome.status === 'rejected' && !(outcome.reason instanceof AppError)) throw outcome.reason;
      const after = await everywhere();
      const needed = [...wanted].filter(([one]) => [...before].some((entry) => entry.endsWith(`/${one}`)));
      const lost = needed.filter(
        ([one, place]) =>
          (before.has(place) && !after.has(place)) || ![...after].some((entry) => entry.endsWith(`/${one}`)),
      );
      expect({ sync, lost, told: inspect(outcome, { depth: 4 }) }).toMatchObject({ sync, lost: [] });
    }

    await fullSync(parts);
    expect(await fullSync(parts)).toMatchObject({ complete: true, failures: [], skips: [] });
    expect(await everywhere()).toEqual(new Set(wanted.values()));
    for (const { partition, namespace } of places) {
      const state = await given.registered(partition, namespace);
      expect(halves(state)).toEqual([]);
      for (const [name, { arn }] of Object.entries(state.defaults)) expect(arn).toBe(arnOf(name));
    }
  },
  120_000,
);
