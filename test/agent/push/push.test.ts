import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { labels, patience } from '../../support/docker/containers.ts';
import { PushedDocker, first } from '../../support/docker/pushed-docker.ts';
import { candidate } from '../../support/registry/registry.ts';
import { waitUntil } from '../../support/wait-until.ts';

let given: PushedDocker;
const servers = () => given.servers();

beforeEach(async () => {
  given = await PushedDocker.create();
});
afterEach(() => given.close());

describe('a given.registry is told what runs in Docker', () => {
  it('at the start, and when containers start, stop and die', async () => {
    given.daemon.run(first('a', '10.0.0.1'));
    await given.start();
    await expect.poll(servers, patience).toEqual(['10.0.0.1:8080']);
    given.daemon.run(first('b', '10.0.0.2'));
    await expect.poll(servers, patience).toEqual(['10.0.0.1:8080', '10.0.0.2:8080']);
    given.daemon.halt('a');
    await expect.poll(servers, patience).toEqual(['10.0.0.2:8080']);
    given.daemon.die('b');
    await expect.poll(servers, patience).toEqual([]);
    expect(given.failures).toEqual([]);
  });

  it('at the stop signal already, while the container still runs', async () => {
    given.daemon.run(first('a', '10.0.0.1'));
    given.daemon.run(first('b', '10.0.0.2'));
    await given.start();
    await expect.poll(servers, patience).toEqual(['10.0.0.1:8080', '10.0.0.2:8080']);
    given.daemon.kill('a', 'SIGTERM');
    await expect.poll(servers, patience).toEqual(['10.0.0.2:8080']);
  });

  it('with its answer as the configuration', async () => {
    given.daemon.run(first('a', '10.0.0.1'));
    await given.start();
    await waitUntil('the answer', () => given.posted.length > 0);
    expect(given.posted[0]?.configuration).toMatch(/use_backend [^]*server \S+ 10\.0\.0\.1:8080/);
  });

  it('only when something changes, and every so often', async () => {
    given.daemon.run(first('a', '10.0.0.1'));
    await given.start();
    await expect.poll(servers, patience).toEqual(['10.0.0.1:8080']);
    await waitUntil('more lists', () => given.lists() > 3);
    expect(given.sent).toHaveLength(1);
    given.end();
    await given.start({ everyMs: 2_000 });
    await waitUntil('posts', () => given.sent.length > 4);
    expect(new Set(given.sent.slice(1).map((payload) => JSON.stringify(payload))).size).toBe(1);
  });

  it('for its host alone', async () => {
    const elsewhere = candidate('first', { x: '10.0.9.9' }, { predicate: 'first.example.com' });
    await given.registry.post({ host: 'docker-2', running: [], candidates: [elsewhere] });
    given.daemon.run(first('a', '10.0.0.1'));
    await given.start();
    await expect.poll(servers, patience).toEqual(['10.0.0.1:8080', '10.0.9.9:8080']);
    given.daemon.halt('a');
    await expect.poll(servers, patience).toEqual(['10.0.9.9:8080']);
  });
});

describe('nothing is lost', () => {
  it('while the registry is away: the next post that succeeds has everything', async () => {
    given.daemon.run(first('a', '10.0.0.1'));
    await given.start();
    await expect.poll(servers, patience).toEqual(['10.0.0.1:8080']);
    given.obstacle = new AppError('UPSTREAM_UNAVAILABLE', 'away');
    given.daemon.run(first('b', '10.0.0.2'));
    given.daemon.halt('a');
    given.daemon.run(first('c', '10.0.0.3', { SERVICE_NAME: 'third', PREDICATE: 'third.example.com' }));
    await waitUntil('failures', () => given.failures.length > 1);
    expect(await servers()).toEqual(['10.0.0.1:8080']);
    given.obstacle = undefined;
    await expect.poll(servers, patience).toEqual(['10.0.0.2:8080', '10.0.0.3:8080']);
  });

  it('while Docker is away: what ran is told until something else is known', async () => {
    given.daemon.run(first('a', '10.0.0.1'));
    await given.start({ everyMs: 2_000 });
    await expect.poll(servers, patience).toEqual(['10.0.0.1:8080']);
    await given.daemon.down();
    const before = given.sent.length;
    given.daemon.named('a').networks['bridge'] = '10.0.0.7';
    await waitUntil('posts', () => given.sent.length > before + 2);
    expect(await servers()).toEqual(['10.0.0.1:8080']);
    await given.daemon.up();
    await expect.poll(servers, patience).toEqual(['10.0.0.7:8080']);
  });

  it('to an empty list right after the start of the daemon', async () => {
    given.daemon.run(first('a', '10.0.0.1'));
    await given.start();
    await expect.poll(servers, patience).toEqual(['10.0.0.1:8080']);
    await given.daemon.down();
    const containers = [...given.daemon.containers];
    given.daemon.containers.clear();
    given.daemon.requests = [];
    await given.daemon.up();
    await waitUntil('lists', () => given.lists() > 2);
    expect(given.sent).toHaveLength(1);
    for (const [id, container] of containers) given.daemon.containers.set(id, container);
    given.daemon.run(first('b', '10.0.0.2'));
    await expect.poll(servers, patience).toEqual(['10.0.0.1:8080', '10.0.0.2:8080']);
  });

  it('to a container that is labelled badly: the registry is told all else', async () => {
    given.daemon.run(first('a', '10.0.0.1'));
    given.daemon.run(first('b', '10.0.0.2', { SERVICE_NAME: 'bad one' }));
    given.daemon.run(first('c', '10.0.0.3', { SERVICE_NAME: 'odd', PREDICATE: 'a b' }));
    given.daemon.run({
      ...first('d', '10.0.0.4'),
      exposed: ['80/tcp'],
      labels: labels({ 'route-host': 'd.example.com', weight: 'heavy' }),
    });
    await given.start();
    await expect.poll(servers, patience).toEqual(['10.0.0.1:8080', '10.0.0.4:80']);
    await waitUntil('the answer', () => given.posted.length > 0);
    const { omissions = [] } = given.posted.at(-1) ?? {};
    expect([...new Set(omissions.map(({ service }) => service))].sort()).toEqual(['bad one', 'd', 'odd']);
    expect(omissions.find(({ service }) => service === 'd')?.message).toMatch(
      /^the registry refuses candidates\[\d\]\.weight: must be /,
    );
    given.daemon.halt('a');
    await expect.poll(servers, patience).toEqual(['10.0.0.4:80']);
  });

  it('to a route that another service holds: what stops is told nevertheless', async () => {
    const elsewhere = candidate('other', { x: '10.0.9.9' }, { predicate: 'first.example.com', port: 80 });
    await given.registry.post({ host: 'docker-2', running: [], candidates: [elsewhere] });
    given.daemon.run(first('a', '10.0.0.1'));
    given.daemon.run(first('b', '10.0.0.2', { SERVICE_NAME: 'second', PREDICATE: 'second.example.com' }));
    await given.start();
    await expect.poll(servers, patience).toEqual(['10.0.0.2:8080', '10.0.9.9:80']);
    await waitUntil('the answer', () => given.posted.length > 0);
    expect(given.posted.at(-1)?.omissions).toMatchObject([
      { service: 'first', message: expect.stringContaining('other') },
    ]);
    given.daemon.halt('b');
    await expect.poll(servers, patience).toEqual(['10.0.9.9:80']);
  });
});

it('fails where the registry refuses all of it', async () => {
  given.obstacle = new AppError('UPSTREAM_AUTH', 'The registry answers 403');
  given.daemon.run(first('a', '10.0.0.1'));
  await given.start();
  await waitUntil('a failure', () => given.failures.length > 0);
  expect(given.failures[0]).toBe(given.obstacle);
});
