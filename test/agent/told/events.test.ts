import * as fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Status, StatusChange } from '../../../src/agent/told/status.ts';
import { type EventReader, readEvents, withChange } from '../../support/http/event-stream.ts';
import { tries } from '../../support/explorations.ts';
import { hostileTexts } from '../../support/hostile-texts.ts';
import {
  createAgentWorld,
  givenTold,
  modelOf,
  type RunningTold,
  serverKey,
  serverOf,
  serviceNamed,
  startedAt,
  wellSource,
} from '../../support/agent/told.ts';
import { waitUntil } from '../../support/wait-until.ts';

async function listen({ admin }: RunningTold): Promise<EventReader> {
  const reader = await readEvents(`${admin}/events`);
  onTestFinished(() => reader.close());
  return reader;
}

async function statusIn(reader: EventReader): Promise<Status> {
  const { event, data } = await reader.next();
  expect(event).toBe('status');
  return JSON.parse(data) as Status;
}

async function changeIn(reader: EventReader): Promise<StatusChange> {
  const { event, data } = await reader.next();
  expect(event).toBe('change');
  return JSON.parse(data) as StatusChange;
}

describe('/events', () => {
  it('begins with everything that /status tells', async () => {
    const told = await givenTold();
    const reader = await listen(told);
    expect(reader.answer.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect(await statusIn(reader)).toEqual(await (await fetch(`${told.admin}/status`)).json());
  });

  it('tells of the services alone that are other than before, and of those that are gone', async () => {
    const told = await givenTold();
    const { world, clock } = told;
    const [web, api] = [serviceNamed('web'), serviceNamed('api')];
    const servers = { web: [serverOf('web', 'a')], api: [serverOf('api', 'b')] };
    world.model = modelOf([api, web], servers);
    const reader = await listen(told);
    const before = await statusIn(reader);
    world.model = modelOf([web, serviceNamed('new')], { ...servers, web: [serverOf('web', 'c')], new: [] });
    await clock.advance(2000);
    const change = await changeIn(reader);
    expect(change.services.map(({ name }) => name)).toEqual(['web', 'new']);
    expect(change.gone).toEqual(['api']);
    expect(Object.keys(change.status)).not.toContain('services');
    const now = (await (await fetch(`${told.admin}/status`)).json()) as Status;
    expect(withChange(before, change)).toEqual(now);
  });

  it('tells of servers that HAProxy sees otherwise', async () => {
    const told = await givenTold();
    const reader = await listen(told);
    await statusIn(reader);
    told.world.servers = new Map([[serverKey('web', 'a'), { state: 'down', health: 'L4CON' }]]);
    await told.clock.advance(2000);
    expect((await changeIn(reader)).services).toMatchObject([
      { name: 'web', servers: [{ name: 's_a', state: 'down', health: 'L4CON' }] },
    ]);
  });

  it('tells of what was applied without waiting for the next look', async () => {
    const told = await givenTold();
    const reader = await listen(told);
    await statusIn(reader);
    const at = startedAt + 500;
    const change = { at, how: 'reload', reason: 'service_added', service: 'web', detail: 'web' } as const;
    told.records.onChange(change, { durationMs: 5, kinds: {} });
    await told.clock.advance(200);
    const { status, services } = await changeIn(reader);
    expect(services).toEqual([]);
    expect(status.changes).toEqual([{ ...change, at: new Date(at).toISOString() }]);
  });

  it('takes ages alone for no change, and tells them every 15 seconds', async () => {
    const told = await givenTold();
    const reader = await listen(told);
    await statusIn(reader);
    for (let second = 0; second < 14; second += 2) {
      told.world.now += 2000;
      told.world.states = [{ ...wellSource, lastSuccess: startedAt + second * 1000 }];
      await told.clock.advance(2000);
    }
    expect(reader.events).toHaveLength(1);
    await told.clock.advance(2000);
    const { status, services } = await changeIn(reader);
    expect(status.sources).toMatchObject([{ age_s: 3 }]);
    expect(services).toEqual([]);
  });

  it('gives everything anew to whoever comes again', async () => {
    const told = await givenTold();
    const first = await listen(told);
    await statusIn(first);
    first.close();
    await told.clock.advance(4000);
    const asked = told.world.asked.servers;
    await told.clock.advance(60_000);
    expect(told.world.asked.servers).toBe(asked);
    told.world.model = modelOf([serviceNamed('other')], {});
    const second = await listen(told);
    expect((await statusIn(second)).services.map(({ name }) => name)).toEqual(['other']);
  });

  it('looks once for all who listen', async () => {
    const told = await givenTold();
    const readers = [await listen(told), await listen(told), await listen(told)];
    await told.clock.advance(2000);
    for (const reader of readers) await statusIn(reader);
    const asked = told.world.asked.servers;
    told.world.model = modelOf([], {});
    await told.clock.advance(2000);
    for (const reader of readers) expect((await changeIn(reader)).gone).toEqual(['web']);
    expect(told.world.asked.servers).toBe(asked + 1);
  });

  it('takes 20 who listen, and others when one has left', async () => {
    const told = await givenTold();
    const readers = await Promise.all(Array.from({ length: 20 }, () => listen(told)));
    const refused = await fetch(`${told.admin}/events`);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10']);
    readers[0]?.close();
    const next = await waitUntil('a free place', async () => {
      const reader = await readEvents(`${told.admin}/events`);
      return reader.answer.statusCode === 200 && reader;
    });
    next.close();
  });

  it('is open to HEAD, without taking a place', async () => {
    const told = await givenTold();
    for (let time = 0; time < 30; time += 1) {
      const head = await fetch(`${told.admin}/events`, { method: 'HEAD' });
      expect([head.status, head.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    }
    await statusIn(await listen(told));
  });

  it('drops whoever does not read, and goes on for others', async () => {
    const told = await givenTold();
    const [slow, reader] = [await listen(told), await listen(told)];
    slow.answer.pause();
    await told.clock.advance(2000);
    await statusIn(reader);
    for (let round = 0; round < 12; round += 1) {
      const message = 'x'.repeat(3_000_000) + round;
      const problem = { source: 'consul', service: undefined, instance: undefined, message };
      told.world.model = modelOf([serviceNamed('web')], {}, { problems: [problem] });
      await told.clock.advance(2000);
      await changeIn(reader);
    }
    slow.answer.resume();
    await waitUntil('the slow one to be dropped', () => slow.isEnded());
    expect(slow.events.length).toBeLessThan(12);
    expect(reader.isEnded()).toBe(false);
  });

  it('breaks where there is no status to tell, and begins anew', async () => {
    const told = await givenTold();
    const { states } = told.world;
    told.world.states = [{ ...wellSource, lastSuccess: Number.NaN }];
    const reader = await listen(told);
    expect(await waitUntil('the end', () => reader.isEnded())).toBe(true);
    expect(told.log.at(-1)).toMatchObject({ level: 'error', msg: 'defect' });
    told.world.states = states;
    await statusIn(await listen(told));
  });

  it('ends with the agent', async () => {
    const told = await givenTold();
    const reader = await listen(told);
    await statusIn(reader);
    await told.told.close();
    expect(await waitUntil('the end', () => reader.isEnded())).toBe(true);
  });

  it('is one line of data, whatever names and messages hold', async () => {
    const hostile = fc.constantFrom(
      ...hostileTexts,
      '\n\nevent: evil\ndata: {}\n\n',
      '\r\rdata: x',
      '</script><img src=x onerror=alert(1)>',
      '\u2028',
      '\ud800',
    );
    const text = fc.array(fc.oneof(hostile, fc.string()), { maxLength: 5 }).map((parts) => parts.join(''));
    const told = await givenTold();
    const reader = await listen(told);
    let known = await statusIn(reader);
    let count = 0;
    await fc.assert(
      fc.asyncProperty(text, text, async (name, message) => {
        count += 1;
        const problem = { source: name, service: name, instance: message, message };
        const service = serviceNamed(name, { routes: [], backend: message });
        told.world.model = modelOf([service], {}, { problems: [problem] });
        told.world.states = [{ ...wellSource, ok: false, failures: count, error: message }];
        await told.clock.advance(2000);
        known = withChange(known, await changeIn(reader));
        expect(known).toEqual(await (await fetch(`${told.admin}/status`)).json());
      }),
      tries(40),
    );
  });
});

describe('5,000 services', () => {
  const services = Array.from({ length: 5000 }, (_, at) => serviceNamed(`service-${at}`));
  const servers = Object.fromEntries(
    services.map(({ name }) => [name, ['a', 'b', 'c'].map((id) => serverOf(name, id))]),
  );

  it('cost the size of what is other', async () => {
    const world = createAgentWorld();
    world.model = modelOf(services, servers);
    world.servers = new Map(
      services.flatMap(({ name }) =>
        ['a', 'b', 'c'].map((id) => [serverKey(name, id), { state: 'up', health: 'L4OK' }] as const),
      ),
    );
    const told = await givenTold({ world });
    const reader = await listen(told);
    const status = await statusIn(reader);
    expect(status.services).toHaveLength(5000);
    world.model = modelOf(services, { ...servers, 'service-7': [serverOf('service-7', 'd')] });
    await told.clock.advance(2000);
    const { data } = await reader.next();
    expect(data.length).toBeLessThan(5000);
    expect(data).toContain('service-7');
    await told.clock.advance(4000);
    expect(reader.events).toHaveLength(2);
  });
});
