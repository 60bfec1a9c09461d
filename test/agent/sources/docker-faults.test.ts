import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { patience } from '../../support/docker/containers.ts';
import { type DaemonFault, DockerDaemon } from '../../support/docker/daemon.ts';
import { FollowedDocker, web } from '../../support/docker/followed-docker.ts';
import { waitUntil } from '../../support/wait-until.ts';

const [a, b, c] = ['10.0.0.1', '10.0.0.2', '10.0.0.3'] as const;
let given: FollowedDocker;
const states = () => given.states();
const never = { resyncMs: 10_000_000 };

beforeEach(async () => {
  given = new FollowedDocker(await DockerDaemon.start(), 20);
});
afterEach(() => given.close());

async function followed(options: { resyncMs: number } = never): Promise<void> {
  given.daemon.run(web('a', a));
  given.daemon.run(web('b', b));
  given.follow(options);
  await expect.poll(states, patience).toEqual({ [a]: 'ready', [b]: 'ready' });
  await waitUntil('the stream', () => given.daemon.events.count === 1);
}

async function failing(): Promise<void> {
  const before = given.failures.length;
  await waitUntil('a failure', () => given.failures.length > before);
}

describe('nothing is lost', () => {
  it.each<[string, () => void]>([
    ['ends', () => given.daemon.events.end()],
    ['breaks', () => given.daemon.events.cut()],
    ['holds garbage', () => given.daemon.events.say('%')],
  ])('when the stream of events %s, and containers change before the next one', async (_what, happens) => {
    await followed();
    given.daemon.fault = (path) => (path === '/events' ? 'cut' : undefined);
    happens();
    await waitUntil('no stream', () => given.daemon.events.count === 0);
    given.daemon.halt('b');
    given.daemon.run(web('c', c));
    given.daemon.fault = () => undefined;
    await expect.poll(states, patience).toEqual({ [a]: 'ready', [c]: 'ready' });
    given.daemon.halt('a');
    await expect.poll(states, patience).toEqual({ [c]: 'ready' });
  });

  it('when more happens than the daemon keeps', async () => {
    await followed();
    given.daemon.fault = (path) => (path === '/events' ? 'cut' : undefined);
    given.daemon.events.cut();
    await waitUntil('no stream', () => given.daemon.events.count === 0);
    given.daemon.halt('b');
    for (let at = 0; at < 300; at += 1) given.daemon.probe('a');
    given.daemon.fault = () => undefined;
    await expect.poll(states, patience).toEqual({ [a]: 'ready' });
  });

  it('when the daemon restarts while containers change', async () => {
    await followed();
    await given.daemon.down();
    await failing();
    expect(given.states()).toEqual({ [a]: 'ready', [b]: 'ready' });
    given.daemon.containers.delete(given.daemon.named('b').id);
    given.daemon.named('a').networks['front'] = '10.0.0.7';
    await given.daemon.up();
    await expect.poll(states, patience).toEqual({ '10.0.0.7': 'ready' });
    given.daemon.run(web('c', c));
    await expect.poll(states, patience).toEqual({ '10.0.0.7': 'ready', [c]: 'ready' });
  });

  it('when the daemon is not there at first', async () => {
    given.daemon.run(web('a', a));
    await given.daemon.down();
    given.follow(never);
    await failing();
    expect(given.failures[0]).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    await given.daemon.up();
    await expect.poll(states, patience).toEqual({ [a]: 'ready' });
  });

  it('when an event is', async () => {
    await followed({ resyncMs: 5_000 });
    given.daemon.containers.delete(given.daemon.named('b').id);
    await expect.poll(states, patience).toEqual({ [a]: 'ready' });
  });

  it('when the daemon shows nothing at first after its start, which is told as it is', async () => {
    await followed();
    await given.daemon.down();
    const containers = [...given.daemon.containers];
    given.daemon.containers.clear();
    await given.daemon.up();
    await expect.poll(states, patience).toEqual({});
    expect(given.readings.at(-1)).toMatchObject({ isWhole: true, unread: new Set() });
    for (const [id, container] of containers) given.daemon.containers.set(id, container);
    given.daemon.start('a');
    await expect.poll(states, patience).toEqual({ [a]: 'ready', [b]: 'ready' });
  });
});

describe('what was there stays', () => {
  it.each<[string, DaemonFault]>([
    ['fails', { status: 500, message: 'no space left on device' }],
    ['is refused', { status: 403, message: 'no' }],
    ['breaks off', 'cut'],
    ['is silent', 'silence'],
    ['is garbage', { text: '[{' }],
    ['is of another shape', { text: '{}' }],
  ])('while the list %s, until it does no more', async (_what, fault) => {
    await followed();
    given.daemon.fault = (path) => (path === '/containers/json' ? fault : undefined);
    given.daemon.run(web('c', c));
    await failing();
    await failing();
    expect(given.states()).toEqual({ [a]: 'ready', [b]: 'ready' });
    given.daemon.fault = () => undefined;
    await expect.poll(states, patience).toEqual({ [a]: 'ready', [b]: 'ready', [c]: 'ready' });
  });

  it('of a container that cannot be inspected, while others come and go', async () => {
    await followed();
    const { id } = given.daemon.named('a');
    given.daemon.fault = (path) => (path.includes(id) ? { status: 500, message: 'no' } : undefined);
    given.daemon.named('a').networks['front'] = '10.0.0.7';
    given.daemon.halt('b');
    given.daemon.run(web('c', c));
    await expect.poll(states, patience).toEqual({ [a]: 'ready', [c]: 'ready' });
    given.daemon.fault = () => undefined;
    await expect.poll(states, patience).toEqual({ '10.0.0.7': 'ready', [c]: 'ready' });
  });

  it('beside a new container that cannot be inspected, which is a problem', async () => {
    await followed();
    const id = given.daemon.run(web('c', c));
    given.daemon.fault = (path) => (path.includes(id) ? { text: '?' } : undefined);
    given.refresh();
    await waitUntil('the problem', () => given.problems().length > 0);
    expect(given.problems()).toMatchObject([
      { source: 'docker', instance: id, message: expect.stringContaining('container c could not be read: ') },
    ]);
    given.daemon.fault = () => undefined;
    await expect.poll(states, patience).toEqual({ [a]: 'ready', [b]: 'ready', [c]: 'ready' });
    await waitUntil('no problem', () => given.problems().length === 0);
  });
});

describe('without events', () => {
  it('that a proxy refuses, changes are seen by looking, and a problem says so', async () => {
    given.daemon.fault = (path) => (path === '/events' ? { status: 403, message: 'Forbidden' } : undefined);
    given.daemon.run(web('a', a));
    given.follow({ resyncMs: 5_000 });
    await expect.poll(states, patience).toEqual({ [a]: 'ready' });
    given.daemon.run(web('b', b));
    await expect.poll(states, patience).toEqual({ [a]: 'ready', [b]: 'ready' });
    expect(given.problems()).toMatchObject([
      { service: undefined, message: expect.stringMatching(/^events are not heard of, .* 403: Forbidden/) },
    ]);
    expect(given.failures).toEqual([]);
    given.daemon.fault = () => undefined;
    await waitUntil('no problem', () => given.problems().length === 0);
  });

  it('for so long that Podman has not begun its answer, what runs is seen, and then what happens', async () => {
    given.daemon.events.headersWait = true;
    given.daemon.run(web('a', a));
    given.follow(never);
    await expect.poll(states, patience).toEqual({ [a]: 'ready' });
    given.daemon.run(web('b', b));
    await expect.poll(states, patience).toEqual({ [a]: 'ready', [b]: 'ready' });
    given.daemon.halt('a');
    await expect.poll(states, patience).toEqual({ [b]: 'ready' });
    expect(given.failures).toEqual([]);
  });
});

it('is not heard of after it was closed', async () => {
  await followed();
  await given.close();
  const before = given.readings.length;
  await waitUntil('no stream', () => given.daemon.events.count === 0);
  given.daemon.halt('b');
  expect(given.readings).toHaveLength(before);
  expect(given.failures).toEqual([]);
});
