import { describe, expect, it } from 'vitest';
import type { AppliedChange } from '../../../src/agent/apply/api.ts';
import { AppError } from '../../../src/core/errors.ts';
import { givenTold, modelOf, type RunningTold, startedAt, wellSource } from '../../support/agent/told.ts';

/** What was logged since the last time, but for the time. */
function newLines({ log }: RunningTold): Record<string, unknown>[] {
  return log.splice(0).map(({ time: _time, ...fields }) => fields);
}

async function given(): Promise<RunningTold> {
  const told = await givenTold();
  newLines(told);
  return told;
}

const change: AppliedChange = {
  at: startedAt,
  how: 'runtime',
  reason: 'add',
  service: 'web',
  detail: 'added s_a',
};

describe('the log', () => {
  it('says where the listeners are', async () => {
    const told = await givenTold();
    expect(told.log).toMatchObject([
      { level: 'info', msg: `health listening on 127.0.0.1:${told.told.healthPort}` },
      { level: 'info', msg: `admin listening on 127.0.0.1:${told.told.adminPort}` },
    ]);
  });

  it('has each change, and each configuration that HAProxy refuses', async () => {
    const told = await given();
    told.records.onChange(change, { durationMs: 3.4, kinds: { add: 2, map: 1 } });
    const refused = { ...change, how: 'rejected', reason: 'base', service: undefined } as const;
    told.records.onChange(
      { ...refused, detail: `parsing 'user u password $5$salt$hash'` },
      { durationMs: 20, kinds: {} },
    );
    told.records.onChange({ ...change, how: 'rollback', reason: 'rollback' }, { durationMs: 9, kinds: {} });
    told.records.onFailure(new AppError('RELOAD_FAILED', 'HAProxy did not reload.'), 2000);
    told.records.onOutput('[NOTICE] haproxy version is 3.0.11; password x');
    expect(newLines(told)).toEqual([
      {
        level: 'info',
        msg: 'configuration applied',
        how: 'runtime',
        reason: 'add',
        service: 'web',
        changes: 3,
        duration_ms: 3,
        detail: 'added s_a',
      },
      {
        level: 'error',
        msg: 'configuration rejected',
        how: 'rejected',
        reason: 'base',
        duration_ms: 20,
        error: `parsing 'user u password ***`,
      },
      expect.objectContaining({ level: 'error', msg: 'configuration put back', how: 'rollback' }),
      {
        level: 'error',
        msg: 'applying failed',
        error: 'HAProxy did not reload.',
        code: 'RELOAD_FAILED',
        retry_ms: 2000,
      },
      { level: 'info', msg: 'haproxy', line: '[NOTICE] haproxy version is 3.0.11; password ***' },
    ]);
  });

  it('keeps the last 200 changes, the newest first', async () => {
    const { records } = await given();
    for (let at = 0; at < 250; at += 1) records.onChange({ ...change, at }, { durationMs: 1, kinds: {} });
    expect(records.changes.map(({ at }) => at)).toEqual(Array.from({ length: 200 }, (_, at) => 249 - at));
  });

  it('says once a minute that a source is stale, and that it is well again', async () => {
    const told = await given();
    told.world.states = [{ ...wellSource, ok: false, failures: 1, error: 'Consul does not answer.' }];
    told.world.now = startedAt + 10_000;
    await told.clock.advance(2000);
    const stale = {
      level: 'warn',
      msg: 'source stale',
      source: 'consul',
      age_s: 10,
      failures: 1,
      error: 'Consul does not answer.',
    };
    expect(newLines(told)).toEqual([stale]);
    await told.clock.advance(58_000);
    expect(newLines(told)).toEqual([]);
    told.world.now = startedAt + 70_000;
    await told.clock.advance(2000);
    expect(newLines(told)).toEqual([{ ...stale, age_s: 70 }]);
    told.world.states = [wellSource];
    await told.clock.advance(2000);
    expect(newLines(told)).toEqual([{ level: 'info', msg: 'source recovered', source: 'consul' }]);
  });

  it('counts from the start how stale a source is that never answered', async () => {
    const told = await given();
    told.world.states = [{ ...wellSource, ok: false, lastSuccess: undefined, failures: 3 }];
    told.world.now = startedAt + 5000;
    await told.clock.advance(2000);
    expect(newLines(told)).toMatchObject([{ msg: 'source stale', age_s: 5 }]);
  });

  it('is silent about a source that was not read yet', async () => {
    const told = await given();
    told.world.states = [{ ...wellSource, ok: false, lastSuccess: undefined, failures: 0 }];
    await told.clock.advance(2000);
    expect(newLines(told)).toEqual([]);
  });

  it('has conflicts and problems once when they appear, and once when they are over', async () => {
    const told = await given();
    const conflict = { host: 'shop.example', path: '/a', winner: 'web', losers: ['other'] };
    const problem = { source: 'consul', service: 'web', instance: 'a', message: 'weight is no number' };
    const wrong = () => modelOf([], {}, { conflicts: [{ ...conflict }], problems: [{ ...problem }] });
    told.world.model = wrong();
    await told.clock.advance(2000);
    const conflictLine = { route: 'shop.example/a', service: 'web', losers: ['other'] };
    const problemLine = { source: 'consul', service: 'web', instance: 'a', error: 'weight is no number' };
    expect(newLines(told)).toEqual([
      { level: 'warn', msg: 'route conflict', ...conflictLine },
      { level: 'warn', msg: 'problem', ...problemLine },
    ]);
    told.world.model = wrong();
    await told.clock.advance(10_000);
    expect(newLines(told)).toEqual([]);
    told.world.model = modelOf([], {});
    await told.clock.advance(2000);
    expect(newLines(told)).toEqual([
      { level: 'info', msg: 'route conflict over', ...conflictLine },
      { level: 'info', msg: 'problem over', ...problemLine },
    ]);
  });

  it('has what is held once, however often it is read', async () => {
    const told = await given();
    const held = { service: 'api', reason: 'less would be left', since: startedAt, reads: 1 };
    told.world.states = [{ ...wellSource, held: [held] }];
    await told.clock.advance(2000);
    told.world.states = [{ ...wellSource, held: [{ ...held, reads: 2 }] }];
    await told.clock.advance(2000);
    told.world.states = [wellSource];
    await told.clock.advance(2000);
    expect(newLines(told)).toEqual([
      { level: 'warn', msg: 'service held', source: 'consul', service: 'api', reason: 'less would be left' },
      { level: 'info', msg: 'service held no more', source: 'consul', service: 'api' },
    ]);
  });
});
