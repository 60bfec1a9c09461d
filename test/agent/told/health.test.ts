import { describe, expect, it } from 'vitest';
import type { SourceState } from '../../../src/agent/beliefs/api.ts';
import { createAgentWorld, givenTold, wellSource } from '../../support/agent/told.ts';
import { waitUntil } from '../../support/wait-until.ts';

const failing = (failures: number): SourceState => ({
  ...wellSource,
  ok: false,
  failures,
  error: 'Consul does not answer.',
});

async function asked(url: string): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(url);
  return { status: answer.status, body: await answer.json() };
}

describe('the health listener', () => {
  it('is well while HAProxy answers and something is applied', async () => {
    const { health } = await givenTold();
    const body = {
      down: false,
      numFailures: 0,
      haproxy: 'up',
      sources: { consul: { ok: true, age_s: 1, failures: 0 } },
      reason: null,
    };
    expect(await asked(`${health}/`)).toEqual({ status: 200, body });
    expect(await asked(`${health}/healthz`)).toEqual({ status: 200, body });
    expect((await fetch(`${health}/readyz`)).status).toBe(200);
  });

  it('is down while HAProxy does not answer, and well again after that', async () => {
    const { health, world } = await givenTold();
    world.answers = () => Promise.resolve(false);
    expect(await asked(health)).toMatchObject({
      status: 500,
      body: { down: true, haproxy: 'down', reason: 'HAProxy does not answer' },
    });
    expect((await fetch(`${health}/readyz`)).status).toBe(503);
    world.haproxy = { ...world.haproxy, state: 'starting' };
    expect(await asked(health)).toMatchObject({ status: 500, body: { haproxy: 'starting' } });
    world.answers = () => Promise.resolve(true);
    expect(await asked(health)).toMatchObject({ status: 200, body: { haproxy: 'up' } });
  });

  it('does not wait long for HAProxy, whoever asks', async () => {
    const { health, world, clock } = await givenTold();
    world.answers = () => new Promise(() => undefined);
    const answers = [asked(health), asked(`${health}/healthz`), fetch(`${health}/readyz`)] as const;
    await waitUntil('HAProxy to be asked', () => world.asked.answers > 0);
    let isOver = false;
    const all = Promise.all(answers).finally(() => (isOver = true));
    await waitUntil('answers', async () => {
      await clock.advance(1000);
      return isOver;
    });
    const [first, second, third] = await all;
    expect([first.status, second.status, third.status]).toEqual([500, 500, 503]);
  });

  it('is down until something was applied', async () => {
    const { health, world } = await givenTold();
    world.applied = { ...world.applied, revision: undefined, appliedAt: undefined, how: undefined };
    expect(await asked(health)).toMatchObject({
      status: 500,
      body: { down: true, haproxy: 'up', reason: 'nothing has been applied yet' },
    });
    expect((await fetch(`${health}/readyz`)).status).toBe(503);
    world.applied = { ...world.applied, rejected: { at: 0, error: 'The port is taken.' } };
    expect(await asked(health)).toMatchObject({ body: { reason: expect.stringContaining('was rejected') } });
  });

  it('tells of failed reads, which make nothing unhealthy by themselves', async () => {
    const { health, world } = await givenTold();
    world.states = [wellSource, { ...failing(1_000_000), name: 'docker', lastSuccess: undefined }];
    expect(await asked(health)).toEqual({
      status: 200,
      body: {
        down: false,
        numFailures: 1_000_000,
        haproxy: 'up',
        sources: {
          consul: { ok: true, age_s: 1, failures: 0 },
          docker: { ok: false, age_s: null, failures: 1_000_000 },
        },
        reason: null,
      },
    });
  });

  it('is down after as many failed reads in a row as it is told, until the next success', async () => {
    const { health, world } = await givenTold({ sourceFailures: 3 });
    world.states = [failing(2)];
    expect(await asked(health)).toMatchObject({ status: 200, body: { down: false, numFailures: 2 } });
    world.states = [failing(3)];
    expect(await asked(health)).toMatchObject({
      status: 500,
      body: {
        down: true,
        numFailures: 3,
        haproxy: 'up',
        reason: '3 reads in a row of the source consul failed',
      },
    });
    expect((await fetch(`${health}/readyz`)).status).toBe(200);
    world.states = [wellSource];
    expect(await asked(health)).toMatchObject({ status: 200, body: { down: false, numFailures: 0 } });
  });

  it('knows of no HAProxy where nothing is applied on purpose', async () => {
    const world = createAgentWorld();
    world.haproxy = { ...world.haproxy, mode: 'off', state: 'down', version: undefined, pid: undefined };
    world.applied = { ...world.applied, revision: undefined, appliedAt: undefined, how: undefined };
    const { model } = world;
    world.model = undefined;
    const { health } = await givenTold({ world });
    expect(await asked(health)).toMatchObject({
      status: 200,
      body: { down: false, haproxy: 'starting', reason: 'apply.mode is off, so that no HAProxy is run' },
    });
    expect((await fetch(`${health}/readyz`)).status).toBe(503);
    world.model = model;
    expect((await fetch(`${health}/readyz`)).status).toBe(200);
    expect(world.asked.answers).toBe(0);
  });

  it('answers GET and HEAD of its pages, and nothing else', async () => {
    const { health } = await givenTold();
    const head = await fetch(health, { method: 'HEAD' });
    expect([head.status, await head.text(), head.headers.get('cache-control')]).toEqual([
      200,
      '',
      'no-store',
    ]);
    expect((await fetch(`${health}/status`)).status).toBe(404);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const refused = await fetch(`${health}/healthz`, { method });
      expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    }
  });
});
