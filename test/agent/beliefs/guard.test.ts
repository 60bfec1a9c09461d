import { beforeEach, describe, expect, it } from 'vitest';
import { Guard, type GuardLimits } from '../../../src/agent/beliefs/guard.ts';
import type { Reading, Sighting } from '../../../src/agent/model/sighting.ts';
import { instance, instances, reading, sighting } from '../../support/agent/sightings.ts';

const limits: GuardLimits = { percent: 50, reads: 3, intervalMs: 2000, emptyAfterMs: 600_000 };
const ten = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

let now: number;
let guard: Guard;
beforeEach(() => {
  now = 1000;
  guard = new Guard(limits, { now: () => now });
});

const web = (...ids: string[]) => sighting('web', instances(...ids));
const other = (...ids: string[]) => sighting('other', instances(...ids));
const take = (sightings: readonly Sighting[], parts: Partial<Reading> = {}) =>
  guard.take(reading(sightings, parts));

/** What is believed, as `web: 1 2`. */
function believed(): string[] {
  return [...guard.believed].map(
    ([name, { instances }]) =>
      `${name}: ${instances
        .map(({ id }) => id)
        .sort()
        .join(' ')}`,
  );
}

/** Reads as many times, the first after `ms`. */
function takeAgain(times: number, sightings: readonly Sighting[], ms = 2000): void {
  for (let time = 0; time < times; time += 1) {
    now += ms;
    take(sightings);
  }
}

describe('a source that had nothing', () => {
  it('is filled bit by bit: what it does not have yet is kept until its reads agree', () => {
    take([web('a', 'b', 'c'), other('x')]);
    takeAgain(5, []);
    takeAgain(2, [web('a', 'b', 'c')]);
    expect(believed()).toEqual(['web: a b c', 'other: x']);
    expect(guard.held).toMatchObject([
      { service: 'other', reason: 'the source had no servers at all a while ago', reads: 2 },
    ]);
    takeAgain(1, [web('a', 'b', 'c')]);
    expect(believed()).toEqual(['web: a b c']);
  });

  it('is believed as ever when everything was there again', () => {
    take([web(...ten), other('x')]);
    takeAgain(5, []);
    takeAgain(1, [web(...ten), other('x')]);
    takeAgain(1, [web(...ten.slice(1)), other('x')]);
    expect(believed()).toEqual([`web: ${ten.slice(1).join(' ')}`, 'other: x']);
  });
});

describe('news', () => {
  it('count at once: services, instances, and what changes of them', () => {
    take([web('a')]);
    take([web('a', 'b'), other('c')]);
    expect(believed()).toEqual(['web: a b', 'other: c']);
    take([sighting('web', [instance('a', { state: 'drain' }), instance('b')]), other('c')]);
    expect(guard.believed.get('web')?.instances[0]?.state).toBe('drain');
    expect([guard.held, guard.rereadInMs]).toEqual([[], undefined]);
  });

  it('are that up to half of the servers are gone', () => {
    take([web(...ten)]);
    take([web('0', '1', '2', '3', '4')]);
    expect(believed()).toEqual(['web: 0 1 2 3 4']);
    expect(guard.held).toEqual([]);
  });

  it('are that all servers are others', () => {
    take([web('a', 'b')]);
    take([web('c', 'd')]);
    expect(believed()).toEqual(['web: c d']);
  });

  it('are that a service without servers is gone', () => {
    take([web('a', 'b'), other()]);
    take([web('a', 'b')]);
    expect(believed()).toEqual(['web: a b']);
  });
});

describe('less than half of the servers of a service', () => {
  beforeEach(() => take([web(...ten), other(...ten.map((id) => `o${id}`))]));
  const others = other(...ten.map((id) => `o${id}`));

  it('are believed when three reads in a row agree', () => {
    take([web('0'), others]);
    expect(believed()[0]).toBe('web: 0 1 2 3 4 5 6 7 8 9');
    expect(guard.held).toEqual([
      {
        service: 'web',
        reason: 'less than 50 % of the servers of the service would be left',
        since: 1000,
        reads: 1,
      },
    ]);
    expect(guard.rereadInMs).toBe(2000);
    takeAgain(1, [web('0'), others]);
    expect(guard.held).toMatchObject([{ since: 1000, reads: 2 }]);
    takeAgain(1, [web('0'), others]);
    expect(believed()[0]).toBe('web: 0');
    expect([guard.held, guard.rereadInMs]).toEqual([[], undefined]);
  });

  it('are not believed any sooner for being read more often', () => {
    takeAgain(30, [web('0'), others], 100);
    expect(guard.held).toMatchObject([{ reads: 2 }]);
    expect(guard.rereadInMs).toBe(1100);
  });

  it('hold nothing of other services, and no additions', () => {
    take([web('0', 'new'), other(...ten.slice(2).map((id) => `o${id}`))]);
    expect(believed()).toEqual(['web: 0 1 2 3 4 5 6 7 8 9 new', 'other: o2 o3 o4 o5 o6 o7 o8 o9']);
  });

  it('are forgotten when the others are back', () => {
    take([web('0'), others]);
    takeAgain(1, [web('0'), others]);
    takeAgain(1, [web(...ten), others]);
    takeAgain(2, [web('0'), others]);
    expect(believed()[0]).toBe('web: 0 1 2 3 4 5 6 7 8 9');
    takeAgain(1, [web('0'), others]);
    expect(believed()[0]).toBe('web: 0');
  });

  it('only lose those that no read had', () => {
    take([web('0', '1', '2'), others]);
    takeAgain(1, [web('0', '3', '4'), others]);
    takeAgain(1, [web('0', '5'), others]);
    expect(believed()[0]).toBe('web: 0 1 2 3 4 5');
    takeAgain(2, [web('0', '5'), others]);
    expect(believed()[0]).toBe('web: 0 5');
  });

  it('are not believed for failed reads, and a failed read begins the row anew', () => {
    take([web('0'), others]);
    takeAgain(1, [web('0'), others]);
    guard.failed();
    expect(guard.rereadInMs).toBeUndefined();
    takeAgain(2, [web('0'), others]);
    expect(believed()[0]).toBe('web: 0 1 2 3 4 5 6 7 8 9');
    takeAgain(1, [web('0'), others]);
    expect(believed()[0]).toBe('web: 0');
  });

  it('are counted by reads of that service alone', () => {
    take([web('0'), others]);
    for (let time = 0; time < 5; time += 1) {
      now += 2000;
      take([others], { isWhole: false });
    }
    expect(guard.held).toMatchObject([{ service: 'web', reads: 1 }]);
    for (let time = 0; time < 2; time += 1) {
      now += 2000;
      take([web('0')], { isWhole: false });
    }
    expect(believed()).toContain('web: 0');
  });
});

describe('what could not be read', () => {
  it('changes nothing, however long, and others go on', () => {
    take([web('a', 'b'), other('c', 'd')]);
    for (let time = 0; time < 50; time += 1) {
      now += 60_000;
      take([web('a')], { unread: new Set(['other']) });
    }
    expect(believed()).toEqual(['web: a', 'other: c d']);
    guard.failed();
    expect(believed()).toEqual(['web: a', 'other: c d']);
  });

  it('is not what a look at some services leaves out', () => {
    take([web('a'), other('b')]);
    take([other('b', 'c')], { isWhole: false });
    expect(believed()).toEqual(['web: a', 'other: b c']);
  });
});

describe('the sum of a source', () => {
  it('holds all of it, though of no service alone', () => {
    const services = ten.map((name) => sighting(name, instances('a', 'b')));
    take(services);
    take(services.slice(0, 4));
    expect(guard.believed.size).toBe(10);
    expect(guard.held.map(({ service }) => service)).toEqual(['4', '5', '6', '7', '8', '9']);
    expect(guard.held[0]?.reason).toBe('less than 50 % of the servers of the source would be left');
    takeAgain(2, services.slice(0, 4));
    expect(guard.believed.size).toBe(4);
  });
});

describe('a source without any servers', () => {
  it('is believed after a time of unbroken agreement alone', () => {
    take([web('a')]);
    takeAgain(200, []);
    expect(believed()).toEqual(['web: a']);
    expect(guard.held).toMatchObject([
      { service: 'web', reason: 'the source has no servers any more', since: 3000 },
    ]);
    expect(guard.rereadInMs).toBe(3000 + 600_000 - now);
    now = 3000 + 600_000;
    take([]);
    expect(believed()).toEqual([]);
    expect(guard.rereadInMs).toBeUndefined();
  });

  it('is not believed sooner for a read that failed, or that had some', () => {
    take([web('a')]);
    takeAgain(250, []);
    guard.failed();
    takeAgain(250, []);
    expect(believed()).toEqual(['web: a']);
    takeAgain(1, [web('a')]);
    takeAgain(299, []);
    expect(believed()).toEqual(['web: a']);
    takeAgain(2, []);
    expect(believed()).toEqual([]);
  });

  it('that never had one is believed at once', () => {
    take([web()]);
    take([]);
    expect(believed()).toEqual([]);
  });
});

describe('a start', () => {
  it('is guarded by what was applied before', () => {
    take([web(...ten)]);
    const snapshot = JSON.parse(JSON.stringify([...guard.believed.values()])) as Sighting[];
    guard = new Guard(limits, { now: () => now }, snapshot);
    expect(believed()).toEqual(['web: 0 1 2 3 4 5 6 7 8 9']);
    take([]);
    expect(believed()).toEqual(['web: 0 1 2 3 4 5 6 7 8 9']);
    takeAgain(3, [web('0', '1')]);
    expect(believed()).toEqual(['web: 0 1']);
  });

  it('without a snapshot takes what there is', () => {
    take([web('a')]);
    expect(believed()).toEqual(['web: a']);
  });
});

describe('what did not change', () => {
  it('stays the same object, whoever builds it anew', () => {
    take([web(...ten), other('o')]);
    const before = guard.believed;
    take([web(...ten), other('o')]);
    expect(guard.believed).toBe(before);
    take([web(...ten), other('o', 'p')]);
    expect(guard.believed).not.toBe(before);
    expect(guard.believed.get('web')).toBe(before.get('web'));
  });

  it('is what is held back, too, and what is gone is not there any more', () => {
    take([web(...ten), other('o')]);
    take([web('3'), other('o')]);
    const held = guard.believed;
    takeAgain(1, [web('3'), other('o')]);
    expect(guard.believed).toBe(held);
    takeAgain(1, [web('3'), other('o')]);
    expect(guard.believed).not.toBe(held);
    expect(guard.believed.get('other')).toBe(held.get('other'));
  });

  it('is what a snapshot had, which knows no undefined members', () => {
    const one = sighting('web', [instance('a', { port: undefined })]);
    const snapshot = [JSON.parse(JSON.stringify(one)) as Sighting];
    guard = new Guard(limits, { now: () => now }, snapshot);
    take([one]);
    expect(guard.believed.get('web')).toBe(snapshot[0]);
  });
});

it('counts by other limits from when it is given them', () => {
  take([web(...ten)]);
  take([web('0', '1', '2')]);
  guard.limit({ ...limits, percent: 30 });
  takeAgain(1, [web('0', '1', '2')]);
  expect(believed()).toEqual(['web: 0 1 2']);
});

it('drains what an event says is ending, guard or not', () => {
  const only = (state: 'ready' | 'drain') => sighting('web', [instance('a', { state })]);
  take([only('ready'), other('b', 'c', 'd')]);
  take([only('drain')], { isWhole: false });
  expect(guard.believed.get('web')?.instances).toMatchObject([{ id: 'a', state: 'drain' }]);
  take([other('b', 'c', 'd')]);
  expect(guard.held).toMatchObject([{ service: 'web' }]);
  expect(guard.believed.get('web')?.instances).toMatchObject([{ id: 'a', state: 'drain' }]);
});
