import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ContainerEvent, Docker } from '../../src/docker/api.ts';
import { dockerAt } from '../support/docker/containers.ts';
import { DockerDaemon } from '../support/docker/daemon.ts';
import { waitUntil } from '../support/wait-until.ts';

let daemon: DockerDaemon;
let docker: Docker;
let stop: AbortController;
let heard: ContainerEvent[];
let opened: number;

beforeEach(async () => {
  daemon = await DockerDaemon.start();
  docker = dockerAt(daemon.address);
  stop = new AbortController();
  heard = [];
  opened = 0;
});
afterEach(async () => {
  stop.abort();
  await docker.close();
  await daemon.stop();
});

function listen(since?: number): Promise<void> {
  const listener = {
    onOpen: () => void (opened += 1),
    onEvent: (event: ContainerEvent) => void heard.push(event),
  };
  return docker.events(since, listener, stop.signal);
}

/** @returns what becomes of the stream */
async function listening(since?: number): Promise<{ ended: Promise<void> }> {
  const ended = listen(since);
  ended.catch(() => {});
  await waitUntil('the stream', () => opened > 0);
  return { ended };
}

const actions = (): string[] => heard.map(({ action }) => action);

describe('a stream of events', () => {
  it.each([1, 7, 100, Infinity])('is heard in pieces of %s bytes', async (pieceBytes) => {
    daemon.events.pieceBytes = pieceBytes;
    await listening();
    const id = daemon.run({ name: 'wéb', labels: { text: '"}{\\ ☃' }, networks: { front: '10.0.0.2' } });
    daemon.kill('wéb', 'SIGTERM');
    await waitUntil('four events', () => heard.length === 4);
    expect(actions()).toEqual(['create', 'connect', 'start', 'kill']);
    expect(new Set(heard.map((event) => event.id))).toEqual(new Set([id]));
    expect(heard.at(-1)?.signal).toBe(15);
  });

  it('ends when the daemon ends it', async () => {
    const { ended } = await listening();
    daemon.events.end();
    await expect(ended).resolves.toBeUndefined();
  });

  it('fails when its connection breaks', async () => {
    const { ended } = await listening();
    daemon.events.cut();
    await expect(ended).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
  });

  it.each(['garbage', '{"Type":}', `{"a":"${'x'.repeat(1024 * 1024)}`])('fails at %.20j', async (text) => {
    const { ended } = await listening();
    daemon.events.say(text);
    await expect(ended).rejects.toMatchObject({ code: 'UPSTREAM_REJECTED' });
  });

  it('passes over what it does not know', async () => {
    await listening();
    daemon.events.say('{"Type":"moon","Action":"rise"}\n{"status":"start","id":"1"}\n');
    daemon.run({ name: 'a' });
    await waitUntil('the events', () => heard.length === 3);
    expect(actions()).toEqual(['create', 'connect', 'start']);
  });

  it('tells what happened since a moment, for as long as the daemon keeps it', async () => {
    daemon.run({ name: 'a' });
    const { startedAt } = daemon.named('a');
    daemon.pause('a');
    await listening(startedAt);
    await waitUntil('the events', () => heard.length > 0);
    expect(actions()).toEqual(['connect', 'start', 'pause']);
    stop.abort();
    stop = new AbortController();
    heard = [];
    for (let at = 0; at < 300; at += 1) daemon.probe('a');
    await listening(startedAt);
    await waitUntil('the events', () => heard.length === 256);
    expect(actions()).not.toContain('pause');
  });

  it('is asked for in the version that both know, each time anew', async () => {
    await listening();
    stop.abort();
    stop = new AbortController();
    daemon.apiVersion = '1.30';
    opened = 0;
    await listening();
    const paths = daemon.requests.map((request) => request.split('?')[0]);
    expect(paths).toEqual(['/_ping', '/v1.43/events', '/_ping', '/v1.30/events']);
  });

  it('is given up with the signal', async () => {
    const { ended } = await listening();
    stop.abort(new Error('enough'));
    await expect(ended).rejects.toThrow('enough');
  });

  it.each<[number, string]>([
    [403, 'UPSTREAM_AUTH'],
    [500, 'UPSTREAM_UNAVAILABLE'],
    [404, 'UPSTREAM_REJECTED'],
  ])('that is answered with %i fails', async (status, code) => {
    daemon.fault = (path) => (path === '/events' ? { status, message: 'no' } : undefined);
    await expect(listen()).rejects.toMatchObject({ code });
    expect(opened).toBe(0);
  });
});
