import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { managedTag, metaKeys } from '../../../src/lambda-service/service.ts';
import { defaultsArn } from '../../../src/lambda-service/service-defaults.ts';
import type { Change } from '../../../src/registrator/model/change.ts';
import { functionOf, inScope } from '../../../src/registrator/model/ownership.ts';
import type { PlanSettings } from '../../../src/registrator/plan/case.ts';
import { isConfirmed, type Plan, planChanges } from '../../../src/registrator/plan/plan.ts';
import { isSettled, type Snapshot, wantedServices } from '../../../src/registrator/model/snapshot.ts';
import { type Key, keyOf, placeKey } from '../../../src/registrator/model/key.ts';
import { agentsPlace } from '../../../src/lambda-service/place.ts';
import type { Ground } from '../../../src/registrator/model/territory.ts';
import { applied } from '../../support/plan/consul-model.ts';
import { scope, snapshotOf } from '../../support/plan/fixtures.ts';
import { looseWorlds, settingsArbitrary } from '../../support/plan/worlds.ts';
import { tries } from '../../support/explorations.ts';

const worlds = looseWorlds.map(snapshotOf);

/** Runs a check on many plans; fast-check prints the seed and the smallest world that fails. */
function always(check: (plan: Plan, world: Snapshot, settings: PlanSettings) => void): void {
  const property = fc.property(worlds, settingsArbitrary, (world, settings) => {
    check(planChanges(world, settings), world, settings);
  });
  fc.assert(property, tries(1000));
}

const changesOf = (plan: Plan): Change[] => [...plan.upserts, ...plan.deletions];

const marksOf = ({ pair }: Change): string[] =>
  [pair.service?.Meta?.[metaKeys.owner], pair.defaults?.Meta?.[metaKeys.owner]].filter(
    (mark) => mark !== undefined,
  );

const arnsOf = ({ pair }: Change): string[] =>
  [pair.service?.Meta?.[metaKeys.arn], pair.defaults && defaultsArn(pair.defaults)].filter(
    (arn) => arn !== undefined,
  );

/** The names that functions claim. */
function claimedKeys(world: Snapshot, settings: PlanSettings): Set<Key> {
  const services = [...world.functions.values()].flatMap((state) =>
    wantedServices(state, groundOf(settings)),
  );
  return new Set(services.map(({ place, service }) => keyOf(place, service.name)));
}

const groundOf = (settings: PlanSettings): Ground => ({ ...settings, closed: new Map() });

/** Whether service-defaults of ours, without a service of ours, stand under a name that a stranger runs under elsewhere. */
const capturesStranger = ({ key, pair }: Change, world: Snapshot): boolean =>
  pair.service === undefined && world.observed.others.get(key) === 'foreign';

describe('a plan', () => {
  it('leaves nothing to do once it was applied', () => {
    always((plan, world, settings) => {
      expect(changesOf(planChanges(applied(world, plan), settings))).toEqual([]);
    });
  });

  it('never touches what carries the mark of another owner', () => {
    always((plan) => {
      for (const change of changesOf(plan))
        expect([scope.ownerId]).toEqual(expect.arrayContaining(marksOf(change)));
    });
  });

  it('never touches functions of another account, region or partition', () => {
    always((plan) => {
      for (const change of changesOf(plan)) {
        expect(arnsOf(change).filter((arn) => !inScope(arn, scope))).toEqual([]);
        expect(inScope(change.arn, scope)).toBe(true);
      }
    });
  });

  it('touches what nobody has marked only to adopt it for its very function, or to clean up when asked to', () => {
    always((plan, _world, settings) => {
      const unmarked = changesOf(plan).filter(
        (change) => marksOf(change).length === 0 && (change.pair.service ?? change.pair.defaults),
      );
      for (const { action, arn, pair } of unmarked) {
        expect(pair.defaults && defaultsArn(pair.defaults)).toBe(arn);
        expect(pair.service).toBeDefined();
        const isAskedFor = settings.adoptUnowned && (pair.service?.Tags ?? []).includes(managedTag);
        expect(isAskedFor ? ['adopt', 'delete'] : ['adopt']).toContain(action);
      }
    });
  });

  it('deletes nothing, and writes over nothing, when Consul was not seen whole', () => {
    always((_plan, world, settings) => {
      const plan = planChanges(seenInPart(world), settings);
      expect(plan.deletions).toEqual([]);
      for (const {
        writes: { service, defaults },
        pair,
      } of plan.upserts) {
        expect(service && pair.service).toBeUndefined();
        expect(defaults && pair.defaults).toBeUndefined();
      }
    });
  });

  it('differs in its deletions alone when the functions were not listed whole', () => {
    always((_plan, world, settings) => {
      const whole = planChanges({ ...world, isListed: true }, settings);
      const partial = planChanges({ ...world, isListed: false }, settings);
      expect(partial.deletions).toEqual([]);
      expect(partial.upserts).toEqual(whole.upserts);
    });
  });

  it('is the same in whatever order functions and Consul’s answers come', () => {
    const shuffled = looseWorlds.chain((world) =>
      fc.record({
        world: fc.constant(world),
        functions: shuffle(Object.entries(world.functions)),
        services: shuffle(world.consul.services),
        serviceDefaults: shuffle(world.consul.serviceDefaults),
      }),
    );
    const property = fc.property(shuffled, settingsArbitrary, (shuffle, settings) => {
      const { world, functions, services, serviceDefaults } = shuffle;
      const other = {
        ...world,
        functions: Object.fromEntries(functions),
        consul: { ...world.consul, services, serviceDefaults },
      };
      expect(planChanges(snapshotOf(other), settings)).toEqual(planChanges(snapshotOf(world), settings));
    });
    fc.assert(property, tries(1000));
  });

  it('only loses changes under a policy', () => {
    always((_plan, world, settings) => {
      const open = planChanges(world, { ...settings, policy: 'sync' });
      const upsertOnly = planChanges(world, { ...settings, policy: 'upsert-only' });
      expect(upsertOnly.upserts).toEqual(open.upserts);
      expect(upsertOnly.deletions).toEqual([]);
      const withheld = upsertOnly.skips
        .filter((skip) => skip.reason === 'policy')
        .map((skip) => skip.service);
      expect(withheld).toEqual(expect.arrayContaining(open.deletions.map((change) => change.service)));
    });
  });

  it('never deletes what is registered for a function that cannot be read or followed, unless it captures a stranger’s traffic', () => {
    always((plan, world, settings) => {
      for (const change of plan.deletions) {
        const states = arnsOf(change).map((arn) => world.functions.get(functionOf(arn)));
        const isClaimed = claimedKeys(world, settings).has(change.key);
        if (isClaimed && capturesStranger(change, world)) continue;
        expect(states.filter((state) => state?.kind === 'unreadable')).toEqual([]);
        const tags = states.flatMap((state) => (state?.kind === 'tagged' ? [state.tags] : []));
        expect(tags.flatMap(({ problems }) => problems)).toEqual([]);
        expect(tags.filter(({ place }) => place.namespace !== undefined)).toEqual([]);
      }
    });
  });

  it('confirms deletions only when every function that the pair names was heard', () => {
    always((plan, world) => {
      for (const change of plan.deletions.filter((deletion) => isConfirmed(deletion, world.functions))) {
        for (const arn of arnsOf(change)) expect(isSettled(world.functions.get(functionOf(arn)))).toBe(true);
      }
    });
  });

  it('never deletes a name that a function claims, unless what is left of it captures a stranger’s traffic', () => {
    always((plan, world, settings) => {
      const claimed = claimedKeys(world, settings);
      const deleted = plan.deletions.filter(({ key }) => claimed.has(key));
      expect(deleted.filter((change) => !capturesStranger(change, world))).toEqual([]);
      for (const { pair } of deleted) expect(pair.defaults?.Meta?.[metaKeys.owner]).toBe(scope.ownerId);
    });
  });

  it('says for every service that is asked for what becomes of it', () => {
    always((plan, world, settings) => {
      const wanted = [...world.functions.values()].flatMap((state) =>
        wantedServices(state, groundOf(settings)),
      );
      const told = new Set([
        ...plan.upserts.map((change) => `${change.key} ${change.arn}`),
        ...plan.skips.map((skip) => `${keyOf(agentsPlace, skip.service)} ${skip.arn}`),
      ]);
      const untold = wanted.filter(
        ({ place, service: { name, arn } }) => !told.has(`${keyOf(place, name)} ${arn}`),
      );
      expect(untold).toHaveLength(plan.unchanged);
    });
  });

  it('changes each name once', () => {
    always((plan) => {
      const keys = changesOf(plan).map((change) => change.key);
      expect(new Set(keys).size).toBe(keys.length);
    });
  });
});

/** The same, but for a node that may hold more than was seen. */
function seenInPart(snapshot: Snapshot): Snapshot {
  const view = { node: undefined, isWhole: false };
  const nodes = new Map([[placeKey(agentsPlace), view]]);
  return { ...snapshot, observed: { ...snapshot.observed, nodes } };
}

function shuffle<Item>(items: Item[]): fc.Arbitrary<Item[]> {
  return fc.shuffledSubarray(items, { minLength: items.length });
}
