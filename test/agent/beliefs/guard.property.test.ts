import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { Guard, type GuardLimits } from '../../../src/agent/beliefs/guard.ts';
import type { Sighting } from '../../../src/agent/model/sighting.ts';
import { instances, reading, sighting } from '../../support/agent/sightings.ts';
import { tries } from '../../support/explorations.ts';

const names = ['a', 'b', 'c'];
const ids = ['0', '1', '2', '3', '4', '5', '6', '7'];

/** What a source has of each service; undefined for a service that is not there. */
const world = fc
  .tuple(...names.map(() => fc.option(fc.subarray(ids), { nil: undefined })))
  .map((each) =>
    each.flatMap((ids, at) => (ids === undefined ? [] : [sighting(names[at] ?? '', instances(...ids))])),
  );

type Step =
  | { readonly kind: 'failed' }
  | { readonly kind: 'read'; readonly ms: number; readonly world: Sighting[]; readonly unread: string[] };
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fc.record({ kind: fc.constant('failed' as const) }), weight: 1 },
  {
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      ms: fc.constantFrom(0, 500, 2000, 60_000, 700_000),
      world,
      unread: fc.oneof({ arbitrary: fc.constant<string[]>([]), weight: 4 }, fc.subarray(names)),
    }),
    weight: 9,
  },
);
const limits: fc.Arbitrary<GuardLimits> = fc.record({
  percent: fc.constantFrom(0, 30, 50, 100),
  reads: fc.integer({ min: 1, max: 4 }),
  intervalMs: fc.constant(2000),
  emptyAfterMs: fc.constant(600_000),
});

const keysOf = (sightings: Iterable<Sighting>): string[] =>
  [...sightings].flatMap(({ service, instances }) => instances.map(({ id }) => `${service}/${id}`));

/** Everything that a step does to a guard, on a clock of its own. */
function createRun(limits: GuardLimits) {
  let now = 0;
  const guard = new Guard(limits, { now: () => now });
  return {
    guard,
    take: (ms: number, world: readonly Sighting[], unread: readonly string[] = []): void => {
      now += ms;
      const read = world.filter(({ service }) => !unread.includes(service));
      guard.take(reading(read, { unread: new Set(unread) }));
    },
  };
}

/** How many reads in a row did not have an instance, those too close to each other included: an upper bound. */
function createAbsences() {
  const absent = new Map<string, number>();
  return {
    clear: () => absent.clear(),
    of: (key: string): number => absent.get(key) ?? 0,
    note: (key: string, isAbsent: boolean): void =>
      void absent.set(key, isAbsent ? (absent.get(key) ?? 0) + 1 : 0),
  };
}

it('never removes below the limit what fewer reads in a row did not have', () => {
  fc.assert(
    fc.property(limits, fc.array(step, { maxLength: 25 }), (limits, steps) => {
      const { guard, take } = createRun(limits);
      const absences = createAbsences();
      const wrong: string[] = [];
      for (const step of steps) {
        const before = [...guard.believed.values()];
        if (step.kind === 'failed') {
          guard.failed();
          absences.clear();
          wrong.push(...keysOf(before).filter((key) => !keysOf(guard.believed.values()).includes(key)));
          continue;
        }
        take(step.ms, step.world, step.unread);
        const read = step.world.filter(({ service }) => !step.unread.includes(service));
        const told = new Set(keysOf(read));
        const after = new Set(keysOf(guard.believed.values()));
        wrong.push(...[...told].filter((key) => !after.has(key)));
        for (const sighting of before) {
          const isUnread = step.unread.includes(sighting.service);
          const left = read.find(({ service }) => service === sighting.service)?.instances.length ?? 0;
          const isBelow = left * 100 < sighting.instances.length * limits.percent;
          for (const key of keysOf([sighting])) {
            absences.note(key, !isUnread && !told.has(key));
            const mayGo = !isUnread && (!isBelow || absences.of(key) >= limits.reads);
            if (!after.has(key) && !mayGo) wrong.push(key);
          }
        }
      }
      expect(wrong).toEqual([]);
    }),
    tries(500),
  );
});

it('believes a world that stands still, after the reads that it asks for', () => {
  fc.assert(
    fc.property(limits, fc.array(step, { maxLength: 15 }), world, (limits, steps, steady) => {
      const { guard, take } = createRun(limits);
      for (const step of steps) {
        if (step.kind === 'failed') guard.failed();
        else take(step.ms, step.world, step.unread);
      }
      take(0, steady);
      for (let turn = 0; turn < 4 * limits.reads + 4 && guard.rereadInMs !== undefined; turn += 1)
        take(guard.rereadInMs, steady);
      expect(keysOf(guard.believed.values()).sort()).toEqual(keysOf(steady).sort());
      expect([...guard.believed.keys()].sort()).toEqual(steady.map(({ service }) => service).sort());
      expect(guard.held).toEqual([]);
    }),
    tries(500),
  );
});

it('gives another map exactly when something is believed otherwise, and others for exactly those services', () => {
  fc.assert(
    fc.property(limits, fc.array(step, { maxLength: 15 }), (limits, steps) => {
      const { guard, take } = createRun(limits);
      const textOf = (value: unknown): string => JSON.stringify(value);
      for (const step of steps) {
        const before = guard.believed;
        const texts = new Map([...before].map(([service, one]) => [service, textOf(one)]));
        if (step.kind === 'failed') guard.failed();
        else take(step.ms, step.world, step.unread);
        const isSame = textOf([...before.values()]) === textOf([...guard.believed.values()]);
        expect(guard.believed === before).toBe(isSame);
        for (const [service, one] of guard.believed)
          expect(one === before.get(service)).toBe(textOf(one) === texts.get(service));
      }
    }),
    tries(200),
  );
});

it('believes at once that all but half are gone', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(), (count, seed) => {
      const { guard, take } = createRun({ percent: 50, reads: 3, intervalMs: 2000, emptyAfterMs: 1 });
      const all = Array.from({ length: 2 * count }, (_, at) => `${at}`);
      const half = all.filter((_, at) => (at + seed) % 2 === 0);
      take(0, [sighting('a', instances(...all))]);
      take(1, [sighting('a', instances(...half))]);
      expect(guard.believed.get('a')?.instances.map(({ id }) => id)).toEqual(half);
    }),
    tries(50),
  );
});
