import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { metaKeys } from '../../../src/lambda-service/service.ts';
import { defaultsArn } from '../../../src/lambda-service/service-defaults.ts';
import type { Change } from '../../../src/registrator/model/change.ts';
import { entryKey, keyOf, placeKey } from '../../../src/registrator/model/key.ts';
import { functionOf, inScope } from '../../../src/registrator/model/ownership.ts';
import { wantedServices } from '../../../src/registrator/model/snapshot.ts';
import { type Ground, whereabouts } from '../../../src/registrator/model/territory.ts';
import { type Plan, planChanges } from '../../../src/registrator/plan/plan.ts';
import { applied } from '../../support/plan/consul-model.ts';
import { tries } from '../../support/explorations.ts';
import { scope } from '../../support/plan/fixtures.ts';
import { formerOwner, type TerritoryWorld, territoryWorlds } from '../../support/plan/territory-worlds.ts';

/** Runs a check on many plans; fast-check prints the seed and the smallest world that fails. */
function always(check: (plan: Plan, world: TerritoryWorld) => void): void {
  const property = fc.property(territoryWorlds, (world) => {
    check(planChanges(world.snapshot, world.settings), world);
  });
  fc.assert(property, tries(400));
}

const changesOf = (plan: Plan): Change[] => [...plan.upserts, ...plan.deletions];

const groundOf = ({ snapshot, settings }: TerritoryWorld): Ground => ({
  ...settings,
  closed: snapshot.observed.closed,
});

/** What functions ask for where they can have it. */
const wantedIn = (world: TerritoryWorld) =>
  [...world.snapshot.functions.values()].flatMap((state) => wantedServices(state, groundOf(world)));

const isAbroad = ({ place }: Change): boolean => place.datacenter === 'dc2';

describe('a plan of several places', () => {
  it('leaves nothing to do once it was applied', () => {
    always((plan, { snapshot, settings }) => {
      const after = applied(snapshot, plan, settings.home);
      expect(changesOf(planChanges(after, settings))).toEqual([]);
    });
  });

  it('never mixes places: key, place and what was seen belong together', () => {
    always((plan, { snapshot }) => {
      for (const { key, place, pair, service } of changesOf(plan)) {
        expect(keyOf(place, service)).toBe(key);
        expect(placeKey(pair.place)).toBe(placeKey(place));
        expect(pair.service).toBe(snapshot.observed.pairs.get(key)?.service);
        expect(snapshot.observed.closed.has(placeKey(place))).toBe(false);
      }
    });
  });

  it('never mixes owners', () => {
    always((plan) => {
      for (const { pair, arn } of changesOf(plan)) {
        const marks = [pair.service?.Meta?.[metaKeys.owner], pair.defaults?.Meta?.[metaKeys.owner]];
        for (const mark of marks.filter((one) => one !== undefined))
          expect([scope.ownerId, formerOwner]).toContain(mark);
        expect(inScope(arn, scope)).toBe(true);
      }
    });
  });

  it('never touches abroad what does not carry our home, nor at home what another one keeps and is asked for', () => {
    always((plan, world) => {
      const wanted = new Set(
        wantedIn(world).map(({ place, service }) => `${keyOf(place, service.name)} ${service.arn}`),
      );
      for (const change of changesOf(plan)) {
        const { Meta } = change.pair.service ?? {};
        if (change.pair.service === undefined) continue;
        expect(isAbroad(change) ? Meta?.[metaKeys.home] : 'dc1').toBe('dc1');
        const isKept = !isAbroad(change) && (Meta?.[metaKeys.home] ?? 'dc1') !== 'dc1';
        expect(isKept && wanted.has(`${change.key} ${Meta?.[metaKeys.arn]}`)).toBe(false);
      }
    });
  });

  it('marks with its home what it puts abroad, and nothing else', () => {
    always((plan) => {
      for (const change of plan.upserts.filter(({ writes }) => writes.service)) {
        const home = isAbroad(change) ? 'dc1' : undefined;
        expect(change.writes.service?.Meta?.[metaKeys.home]).toBe(home);
      }
    });
  });

  it('takes a service that moves away from one place only when it is, or is made, at the other', () => {
    always((plan, world) => {
      const wanted = wantedIn(world);
      const made = new Map(plan.upserts.map((change) => [change.key, change.arn]));
      for (const { key, pair, place, after } of plan.deletions.filter(({ pair }) => pair.service)) {
        const arn = pair.service?.Meta?.[metaKeys.arn];
        const elsewhere = wanted.find(
          (one) => one.service.arn === arn && placeKey(one.place) !== placeKey(place),
        );
        if (elsewhere === undefined) continue;
        const there = keyOf(elsewhere.place, elsewhere.service.name);
        expect(there).not.toBe(key);
        expect(after).toBe(there);
        const standing = world.snapshot.observed.pairs.get(there)?.service?.Meta?.[metaKeys.arn];
        expect([made.get(there), standing]).toContain(arn);
      }
    });
  });

  it('keeps what a function has whose place cannot be looked at', () => {
    always((plan, world) => {
      for (const { pair } of plan.deletions) {
        const arns = [pair.service?.Meta?.[metaKeys.arn], pair.defaults && defaultsArn(pair.defaults)];
        for (const arn of arns.filter((one) => one !== undefined)) {
          const state = world.snapshot.functions.get(functionOf(arn));
          if (state?.kind !== 'tagged' || !state.tags.enabled) continue;
          expect(whereabouts(state.tags, groundOf(world)).kind).not.toBe('closed');
        }
      }
    });
  });

  it('writes or deletes service-defaults once for all datacenters, and leaves no service of ours without', () => {
    always((plan, world) => {
      const entries = changesOf(plan).filter(({ writes, dropsDefaults }) => writes.defaults ?? dropsDefaults);
      const keys = entries.map(({ key }) => entryKey(key));
      expect(new Set(keys).size).toBe(keys.length);
      const { pairs } = applied(world.snapshot, plan, world.settings.home).observed;
      const after = new Set([...pairs].flatMap(([key, { defaults }]) => (defaults ? [entryKey(key)] : [])));
      for (const { key } of plan.upserts.filter(({ writes }) => writes.service))
        expect(after).toContain(entryKey(key));
      const written = plan.upserts.map((change) => entryKey(change.key));
      for (const { key } of plan.deletions.filter(({ dropsDefaults }) => dropsDefaults))
        expect(written).not.toContain(entryKey(key));
    });
  });

  it('says for every service that is asked for what becomes of it', () => {
    always((plan, world) => {
      const told = new Set([
        ...plan.upserts.map((change) => change.arn),
        ...plan.skips.map((skip) => skip.arn),
      ]);
      const untold = wantedIn(world).filter(({ service }) => !told.has(service.arn));
      expect(untold.length).toBeLessThanOrEqual(plan.unchanged);
    });
  });
});
