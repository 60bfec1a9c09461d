import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { labels, patience } from '../../support/docker/containers.ts';
import { DockerDaemon } from '../../support/docker/daemon.ts';
import { inspection } from '../../support/docker/fake-container.ts';
import { FollowedDocker, web } from '../../support/docker/followed-docker.ts';
import { waitUntil } from '../../support/wait-until.ts';

const [a, b] = ['10.0.0.1', '10.0.0.2'] as const;
/** A source whose waits are short, and which looks at nothing without an event within a test. */
let given: FollowedDocker;
const states = () => given.states();
const never = { resyncMs: 10_000_000 };

beforeEach(async () => {
  given = new FollowedDocker(await DockerDaemon.start(), 20);
});
afterEach(() => given.close());

/** Follows a daemon that runs `a` and `b`, until all is read that was to be read. */
async function followed(): Promise<void> {
  given.daemon.run(web('a', a));
  given.daemon.run(web('b', b));
  given.follow(never);
  await expect.poll(states, patience).toEqual({ [a]: 'ready', [b]: 'ready' });
  await waitUntil('the stream', () => given.daemon.events.count === 1);
}

describe('what happens to containers is followed', () => {
  it('from what runs at the start, without an event', async () => {
    await followed();
    expect(given.readings.every(({ isWhole }) => isWhole)).toBe(true);
  });

  it('when they start, stop, pause, are renamed and change their networks', async () => {
    await followed();
    given.daemon.run(web('c', '10.0.0.3'));
    await expect.poll(states, patience).toEqual({ [a]: 'ready', [b]: 'ready', '10.0.0.3': 'ready' });
    given.daemon.halt('c');
    await expect.poll(states, patience).toEqual({ [a]: 'ready', [b]: 'ready' });
    given.daemon.pause('b');
    await expect.poll(states, patience).toEqual({ [a]: 'ready', [b]: 'drain' });
    given.daemon.unpause('b');
    await expect.poll(states, patience).toEqual({ [a]: 'ready', [b]: 'ready' });
    given.daemon.connect('b', 'back', '10.9.0.2');
    await expect.poll(states, patience).toEqual({ [a]: 'ready', '10.9.0.2': 'ready' });
    given.daemon.disconnect('b', 'back');
    await expect.poll(states, patience).toEqual({ [a]: 'ready', [b]: 'ready' });
    given.daemon.run({ ...web('old', '10.0.0.4'), labels: labels({ 'route-path': '/x' }) });
    await waitUntil('the service', () => given.known.has('old'));
    given.daemon.rename('old', 'new');
    await waitUntil('the new name', () => given.known.has('new') && !given.known.has('old'));
  });

  it('when their health changes', async () => {
    await followed();
    given.daemon.run({ ...web('c', '10.0.0.3'), health: 'starting' });
    given.daemon.run(web('d', '10.0.0.4'));
    await expect.poll(states, patience).toEqual({ [a]: 'ready', [b]: 'ready', '10.0.0.4': 'ready' });
    given.daemon.turn('c', 'healthy');
    await expect
      .poll(states, patience)
      .toEqual({ [a]: 'ready', [b]: 'ready', '10.0.0.3': 'ready', '10.0.0.4': 'ready' });
    given.daemon.turn('c', 'unhealthy');
    await expect
      .poll(states, patience)
      .toEqual({ [a]: 'ready', [b]: 'ready', '10.0.0.3': 'drain', '10.0.0.4': 'ready' });
  });

  it('without looking at each event of a burst, nor at health checks that run', async () => {
    await followed();
    const lists = given.lists();
    for (let at = 0; at < 50; at += 1) given.daemon.probe('a');
    for (let at = 0; at < 50; at += 1) {
      given.daemon.pause('a');
      given.daemon.unpause('a');
    }
    given.daemon.pause('a');
    await expect.poll(states, patience).toEqual({ [a]: 'drain', [b]: 'ready' });
    expect(given.lists() - lists).toBeLessThan(10);
  });

  it('on request', async () => {
    await followed();
    given.daemon.named('b').status = 'exited';
    given.refresh();
    await expect.poll(states, patience).toEqual({ [a]: 'ready' });
  });
});

describe('a container whose end an event tells', () => {
  it('drains at its stop signal, while it still runs, in a reading of its service alone', async () => {
    given.daemon.run({ ...web('q', '10.0.0.9'), stopSignal: 'SIGQUIT' });
    given.daemon.run({ ...web('other', '10.0.0.8'), labels: labels({ 'route-path': '/other' }) });
    given.daemon.run(web('a', a));
    given.follow(never);
    await expect.poll(states, patience).toEqual({ '10.0.0.9': 'ready', [a]: 'ready' });
    const before = given.readings.length;
    given.daemon.kill('q', 'SIGTERM');
    given.daemon.kill('q', 'SIGQUIT');
    await waitUntil('the drain', () => given.states()['10.0.0.9'] === 'drain');
    const [reading] = given.readings.slice(before);
    expect(reading).toMatchObject({ isWhole: false });
    expect([...(reading?.sightings.keys() ?? [])]).toEqual(['web']);
    // Whatever is looked at meanwhile, it does not come back.
    given.daemon.pause('a');
    await waitUntil('a list', () => given.states()[a] === 'drain');
    expect(given.states()['10.0.0.9']).toBe('drain');
    given.daemon.die('q');
    await waitUntil('its end', () => !('10.0.0.9' in given.states()));
  });

  it('drains when it dies, before any list', async () => {
    await followed();
    given.daemon.fault = (path) => (path === '/containers/json' ? 'silence' : undefined);
    given.daemon.die('b');
    await expect.poll(states, patience).toEqual({ [a]: 'ready', [b]: 'drain' });
  });

  it('stays drained in a list that was begun before it died', async () => {
    await followed();
    const earlier = JSON.stringify(inspection(given.daemon.named('b')));
    const { id } = given.daemon.named('b');
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const other = given.daemon.named('a').id;
    given.daemon.fault = (path) => {
      if (path.includes(id)) return { text: earlier };
      return path.includes(other) ? held : undefined;
    };
    given.daemon.requests = [];
    const readings = given.readings.length;
    given.refresh();
    await waitUntil('the inspection', () => given.daemon.requests.some((path) => path.includes(other)));
    given.daemon.kill('b', 'SIGKILL');
    await expect.poll(states, patience).toEqual({ [a]: 'ready', [b]: 'drain' });
    release();
    await waitUntil('the reading', () => given.readings.slice(readings).some(({ isWhole }) => isWhole));
    expect(given.states()).toEqual({ [a]: 'ready', [b]: 'drain' });
  });

  it('is back when it is started again', async () => {
    await followed();
    given.daemon.halt('b');
    given.daemon.start('b');
    await waitUntil('the drain', () => given.readings.some(({ isWhole }) => !isWhole));
    await expect.poll(states, patience).toEqual({ [a]: 'ready', [b]: 'ready' });
  });

  it('is back when it goes on for longer than it is given to stop', async () => {
    given.daemon.run({ ...web('deaf', '10.0.0.9'), stopTimeout: 1 });
    given.follow({ resyncMs: 20_000 });
    await expect.poll(states, patience).toEqual({ '10.0.0.9': 'ready' });
    given.daemon.kill('deaf', 'SIGTERM');
    await expect.poll(states, patience).toEqual({ '10.0.0.9': 'drain' });
    await expect.poll(states, patience).toEqual({ '10.0.0.9': 'ready' });
  });

  it('is not meant by an old event that is heard again', async () => {
    await followed();
    given.daemon.fault = (path) => (path === '/events' ? { status: 500, message: 'no' } : undefined);
    given.daemon.events.end();
    await waitUntil('no stream', () => given.daemon.events.count === 0);
    given.daemon.halt('b');
    given.daemon.start('b');
    given.daemon.run(web('c', '10.0.0.3'));
    given.refresh();
    await expect.poll(states, patience).toEqual({ [a]: 'ready', [b]: 'ready', '10.0.0.3': 'ready' });
    const before = given.readings.length;
    given.daemon.fault = () => undefined;
    await waitUntil('the stream', () => given.daemon.events.count === 1);
    given.daemon.halt('c');
    await expect.poll(states, patience).toEqual({ [a]: 'ready', [b]: 'ready' });
    const statesOfB = given.readings
      .slice(before)
      .flatMap(({ sightings }) => sightings.get('web')?.instances ?? [])
      .filter(({ address }) => address === b)
      .map(({ state }) => state);
    expect(new Set(statesOfB)).toEqual(new Set(['ready']));
  });
});
