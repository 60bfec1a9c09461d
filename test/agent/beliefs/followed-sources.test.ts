import { beforeEach, describe, expect, it } from 'vitest';
import { FollowedSources } from '../../../src/agent/beliefs/followed-sources.ts';
import type { GuardLimits } from '../../../src/agent/beliefs/guard.ts';
import type { Snapshot } from '../../../src/agent/beliefs/snapshot.ts';
import { instances, reading, sighting } from '../../support/agent/sightings.ts';
import { createManualClock, type ManualClock } from '../../support/clock/manual-clock.ts';
import { type ScriptedSource, scriptedSource } from '../../support/agent/scripted-source.ts';

const limits: GuardLimits = { percent: 50, reads: 3, intervalMs: 2000, emptyAfterMs: 600_000 };
const began = 1_700_000_000_000;

let clock: ManualClock;
let consul: ScriptedSource;
let docker: ScriptedSource;
let sources: FollowedSources;
let changes: number;
let heard: string[];

function follow(applied: Snapshot = new Map()): void {
  changes = 0;
  heard = [];
  sources = new FollowedSources(
    [consul, docker],
    limits,
    applied,
    {
      onChange: () => (changes += 1),
      onRead: (source, error) => heard.push(error instanceof Error ? `${source}: ${error.message}` : source),
    },
    { clock, now: () => began + clock.now() },
  );
}

beforeEach(() => {
  clock = createManualClock();
  consul = scriptedSource('consul');
  docker = scriptedSource('docker');
  follow();
});

const web = (...ids: string[]) => sighting('web', instances(...ids));
const api = (...ids: string[]) => sighting('api', instances(...ids));
const problem = (message: string) => ({ source: 'consul', service: undefined, instance: undefined, message });

/** What is believed, as `consul web: a b`. */
function believed(): string[] {
  return sources
    .views()
    .flatMap(({ source, sightings }) =>
      [...sightings].map(
        ({ service, instances }) => `${source} ${service}: ${instances.map(({ id }) => id).join(' ')}`,
      ),
    );
}

const stateOf = (name: string) => sources.states().find((state) => state.name === name);

describe('what is believed', () => {
  it('is of each source, in the order of precedence', () => {
    consul.tells([web('a')]);
    docker.tells([web('b'), api('c')]);
    expect(believed()).toEqual(['docker web: b', 'docker api: c', 'consul web: a']);
    expect(sources.views().map(({ source }) => source)).toEqual(['docker', 'consul']);
    expect(changes).toBe(2);
  });

  it('is the same array until it is something else, and tells of nothing', () => {
    consul.tells([web('a')]);
    docker.tells([api('b')], { problems: [problem('one')] });
    const views = sources.views();
    consul.tells([web('a')]);
    docker.tells([api('b')], { problems: [problem('one')] });
    docker.fails();
    expect([sources.views() === views, changes]).toEqual([true, 2]);
    docker.tells([api('b')], { problems: [problem('another')] });
    expect([sources.views() === views, changes]).toEqual([false, 3]);
    expect(sources.views()[1]).toBe(views[1]);
    expect([...(sources.views()[0]?.sightings ?? [])]).toEqual([...(views[0]?.sightings ?? [])]);
  });

  it('has what is wrong as the source told it last, some services or all', () => {
    consul.tells([web('a'), api('b')], { problems: [problem('one'), problem('two')] });
    consul.tells([web('a')], { isWhole: false, problems: [problem('two')] });
    consul.fails();
    expect(sources.views()[1]?.problems).toEqual([problem('two')]);
    expect(believed()).toEqual(['consul web: a', 'consul api: b']);
  });

  it('begins with what is in force already, and is guarded by it', async () => {
    consul = scriptedSource('consul');
    follow(new Map([['consul', [web('a', 'b', 'c')]]]));
    expect(believed()).toEqual(['consul web: a b c']);
    expect(stateOf('consul')).toMatchObject({ ok: false, hasAnswered: false, services: 1, servers: 3 });
    consul.tells([web('a')]);
    expect(believed()).toEqual(['consul web: a b c']);
    expect(changes).toBe(0);
  });
});

describe('how a source does', () => {
  it('is told before it has answered, and after', async () => {
    await clock.advance(1000);
    expect(stateOf('consul')).toEqual({
      name: 'consul',
      ok: false,
      hasAnswered: false,
      lastSuccess: undefined,
      failures: 0,
      error: undefined,
      reads: { succeeded: 0, failed: 0 },
      services: 0,
      servers: 0,
      held: [],
    });
    consul.tells([web('a', 'b'), api('c')], { unread: new Set(['other']) });
    const success = { ok: true, hasAnswered: true, lastSuccess: began + 1000, error: undefined };
    expect(stateOf('consul')).toMatchObject({ ...success, services: 2, servers: 3 });
    await clock.advance(500);
    consul.fails('one');
    consul.fails('two');
    expect(stateOf('consul')).toMatchObject({
      ok: false,
      hasAnswered: true,
      lastSuccess: began + 1000,
      failures: 2,
      error: 'two',
      reads: { succeeded: 1, failed: 2 },
    });
    consul.tells([web('a')]);
    expect(stateOf('consul')).toMatchObject({ ok: true, failures: 0, reads: { succeeded: 2, failed: 2 } });
    expect(heard).toEqual(['consul', 'consul: one', 'consul: two', 'consul']);
  });

  it('is waited for: every source was read, whether it failed before or not', async () => {
    let isKnown = false;
    void sources.known(10_000).then(() => (isKnown = true));
    consul.fails();
    docker.tells([]);
    await clock.advance(9000);
    expect(isKnown).toBe(false);
    consul.tells([]);
    await clock.advance(0);
    expect(isKnown).toBe(true);
    await sources.known(1_000_000);
  });

  it('is waited for no longer than that', async () => {
    consul.tells([web('a')]);
    let isKnown = false;
    void sources.known(10_000).then(() => (isKnown = true));
    await clock.advance(9999);
    expect(isKnown).toBe(false);
    await clock.advance(1);
    expect(isKnown).toBe(true);
  });
});

describe('a mass removal', () => {
  beforeEach(() => {
    consul.tells([web('a', 'b', 'c', 'd', 'e')]);
    consul.answer = () => reading([web('a')]);
  });

  it('is held, and believed after reads that agree, each asked for in time', async () => {
    await clock.advance(100);
    consul.tells([web('a')]);
    await clock.advance(1999);
    expect(consul.counts.refreshed).toBe(0);
    expect(stateOf('consul')?.held).toMatchObject([{ service: 'web', since: began + 100, reads: 1 }]);
    await clock.advance(1);
    expect(stateOf('consul')?.held).toMatchObject([{ since: began + 100, reads: 2 }]);
    expect([believed(), changes]).toEqual([['consul web: a b c d e'], 1]);
    await clock.advance(2000);
    expect([believed(), changes, consul.counts.refreshed]).toEqual([['consul web: a'], 2, 2]);
    await clock.advance(100_000);
    expect([consul.counts.refreshed, docker.counts.refreshed]).toEqual([2, 0]);
  });

  it('is not asked for again before its answer came', async () => {
    consul.answer = undefined;
    consul.tells([web('a')]);
    await clock.advance(100_000);
    expect(consul.counts.refreshed).toBe(1);
    consul.fails();
    await clock.advance(100_000);
    expect([consul.counts.refreshed, believed()]).toEqual([1, ['consul web: a b c d e']]);
  });

  it('is asked for at most every interval, where answers do not tell of it', async () => {
    consul.tells([web('a')]);
    consul.answer = () => reading([], { isWhole: false });
    await clock.advance(20_000);
    expect(consul.counts.refreshed).toBe(10);
    expect(believed()).toEqual(['consul web: a b c d e']);
  });

  it('of everything is believed after its time alone', async () => {
    consul.answer = () => reading([]);
    consul.tells([]);
    await clock.advance(599_999);
    expect(believed()).toEqual(['consul web: a b c d e']);
    expect(stateOf('consul')?.held).toMatchObject([{ reason: 'the source has no servers any more' }]);
    await clock.advance(1);
    expect([believed(), stateOf('consul')?.held]).toEqual([[], []]);
  });
});

describe('another configuration', () => {
  beforeEach(() => {
    consul.tells([web('a', 'b', 'c')]);
    docker.tells([api('x')]);
  });

  it('goes on with sources whose settings are the same, and reads them anew', () => {
    const views = sources.views();
    sources.follow([scriptedSource('consul'), scriptedSource('docker')], limits);
    expect(consul.counts).toEqual({ started: 1, refreshed: 1, closed: 0 });
    expect([sources.views() === views, changes]).toEqual([true, 2]);
    consul.tells([web('a', 'b', 'c', 'd')]);
    expect(believed()).toContain('consul web: a b c d');
  });

  it('starts others anew with what was believed, and hears no more of those before', () => {
    const other = scriptedSource('consul', 'other settings');
    sources.follow([other, docker], limits);
    expect([consul.counts.closed, other.counts.started]).toEqual([1, 1]);
    expect(believed()).toContain('consul web: a b c');
    consul.tells([web('z', 'y', 'x')]);
    other.tells([web('a')]);
    expect(believed()).toContain('consul web: a b c');
    expect(stateOf('consul')?.held).toMatchObject([{ service: 'web', reads: 1 }]);
    other.tells([web('a', 'b')]);
    expect(believed()).toContain('consul web: a b');
    expect(stateOf('consul')?.reads).toEqual({ succeeded: 3, failed: 0 });
  });

  it('forgets at once what is named no more', () => {
    sources.follow([docker], limits);
    expect([consul.counts.closed, changes]).toEqual([1, 3]);
    expect(believed()).toEqual(['docker api: x']);
    consul.tells([web('z')]);
    expect(believed()).toEqual(['docker api: x']);
    expect(sources.states().map(({ name }) => name)).toEqual(['docker']);
  });

  it('follows what is new', async () => {
    const file = scriptedSource('file');
    sources.follow([file, consul, docker], limits);
    let isKnown = false;
    void sources.known(10_000).then(() => (isKnown = true));
    await clock.advance(0);
    expect(isKnown).toBe(false);
    file.tells([web('f')]);
    for (const source of [consul, docker]) source.tells([]);
    await clock.advance(0);
    expect([isKnown, believed()[0]]).toEqual([true, 'file web: f']);
  });

  it('counts by its limits', () => {
    sources.follow([consul, docker], { ...limits, percent: 30 });
    consul.tells([web('a')]);
    expect(believed()).toContain('consul web: a');
  });
});

it('hears nothing more after it was closed', async () => {
  consul.tells([web('a', 'b', 'c')]);
  consul.tells([web('a')]);
  sources.close();
  consul.tells([web('a', 'z')]);
  await clock.advance(10_000);
  expect([changes, consul.counts.refreshed, consul.counts.closed, docker.counts.closed]).toEqual([
    1, 0, 1, 1,
  ]);
});
