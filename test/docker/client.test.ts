import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { deadlineIn } from '../../src/core/deadline.ts';
import type { Docker } from '../../src/docker/api.ts';
import { dockerAt } from '../support/docker/containers.ts';
import { type DaemonFault, DockerDaemon } from '../support/docker/daemon.ts';
import { scaledClock } from '../support/clock/scaled-clock.ts';

/** Patience of 15 s passes in one and a half. */
const clock = scaledClock(10);
let daemon: DockerDaemon;
let docker: Docker;

function list() {
  return docker.listContainers(deadlineIn(clock, 60_000));
}

beforeEach(async () => {
  daemon = await DockerDaemon.start();
  docker = dockerAt(daemon.address, clock);
});
afterEach(async () => {
  await docker.close();
  await daemon.stop();
});

describe('a list of containers', () => {
  it('tells what is needed of each', async () => {
    const id = daemon.run({
      name: 'web-1',
      labels: { 'lambda-registrator.service': 'web', __proto__: 'x' },
      env: ['A=b=c=d', 'EMPTY=', 'UNSET', 'PATH=/bin'],
      exposed: ['443/tcp', '80/tcp', '53/udp'],
      published: {
        '80/tcp': [
          { HostIp: '127.0.0.1', HostPort: '8080' },
          { HostIp: '::', HostPort: '8081' },
        ],
      },
      networks: { front: '10.1.0.2', back: 'fd00::2' },
      stopSignal: 'SIGQUIT',
      stopTimeout: 30,
      health: 'healthy',
    });
    const { containers, unread } = await list();
    expect(unread).toEqual([]);
    expect(containers).toEqual([
      {
        id,
        name: 'web-1',
        status: 'running',
        health: 'healthy',
        startedAt: daemon.named('web-1').startedAt,
        labels: { 'lambda-registrator.service': 'web' },
        env: new Map([
          ['A', 'b=c=d'],
          ['EMPTY', ''],
          ['PATH', '/bin'],
        ]),
        exposed: [80, 443],
        published: [
          { port: 80, hostAddress: '127.0.0.1', hostPort: 8080 },
          { port: 80, hostAddress: undefined, hostPort: 8081 },
        ],
        networkMode: 'front',
        networks: [
          { name: 'back', ipv4: undefined, ipv6: 'fd00::2' },
          { name: 'front', ipv4: '10.1.0.2', ipv6: undefined },
        ],
        stopSignal: 3,
        stopTimeoutMs: 30_000,
      },
    ]);
  });

  it('holds what runs and what is paused, however many', async () => {
    for (let at = 0; at < 100; at += 1) daemon.run({ name: `c${at}` });
    daemon.pause('c1');
    daemon.die('c2');
    daemon.named('c3').status = 'restarting';
    const { containers } = await list();
    const names = containers.map(({ name }) => name);
    expect(names).toHaveLength(98);
    expect(names).toContain('c1');
    expect(names).not.toContain('c2');
    expect(names).not.toContain('c3');
  });

  it('leaves out a container that goes while it is looked at', async () => {
    const id = daemon.run({ name: 'going' });
    daemon.run({ name: 'staying' });
    daemon.fault = (path) => {
      if (path.includes(id)) daemon.containers.delete(id);
      return undefined;
    };
    expect((await list()).containers.map(({ name }) => name)).toEqual(['staying']);
  });

  it.each<[string, DaemonFault, string]>([
    ['fails', { status: 500, message: 'no such file' }, 'UPSTREAM_UNAVAILABLE'],
    ['hangs', 'silence', 'UPSTREAM_TIMEOUT'],
    ['breaks off', 'cut', 'UPSTREAM_UNAVAILABLE'],
    ['is garbage', { text: '{"Id":' }, 'UPSTREAM_REJECTED'],
    ['is of another shape', { text: '{"Id":1}' }, 'UPSTREAM_REJECTED'],
  ])('tells of a container whose inspection %s beside the others', async (_what, fault, code) => {
    const id = daemon.run({ name: 'odd' });
    daemon.run({ name: 'good' });
    daemon.fault = (path) => (path.includes(id) ? fault : undefined);
    const { containers, unread } = await list();
    expect(containers.map(({ name }) => name)).toEqual(['good']);
    expect(unread).toMatchObject([{ id, name: 'odd', error: { code } }]);
  });

  it('fails where no container can be read', async () => {
    daemon.run({ name: 'a' });
    daemon.run({ name: 'b' });
    daemon.fault = (path) => (path.endsWith('/json') && path !== '/containers/json' ? 'cut' : undefined);
    await expect(list()).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
  });

  it.each<[string, DaemonFault, string, RegExp]>([
    [
      'is refused',
      { status: 403, message: 'no' },
      'UPSTREAM_AUTH',
      /answered GET \/containers\/json with 403: no\. Let/,
    ],
    [
      'fails',
      { status: 500, message: 'out of memory' },
      'UPSTREAM_UNAVAILABLE',
      /with 500: out of memory\.$/,
    ],
    ['is limited', { status: 429, message: 'slow' }, 'UPSTREAM_THROTTLED', /429/],
    [
      'is nowhere',
      { status: 404, message: 'page not found' },
      'UPSTREAM_REJECTED',
      /Check that it is the address/,
    ],
    ['hangs', 'silence', 'UPSTREAM_TIMEOUT', /did not answer within/],
    [
      'breaks off',
      'cut',
      'UPSTREAM_UNAVAILABLE',
      /GET \/containers\/json on Docker at .*docker\.sock failed/,
    ],
    ['is no JSON', { text: '<html>' }, 'UPSTREAM_REJECTED', /JSON that ends early or is none/],
    ['is of another shape', { text: '[{"Id":"a b"}]' }, 'UPSTREAM_REJECTED', /unexpected 0\.Id/],
  ])('fails where it %s', async (_what, fault, code, message) => {
    daemon.fault = (path) => (path === '/containers/json' ? fault : undefined);
    await expect(list()).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('fails where it does not end', async () => {
    const text = ' '.repeat(65 * 1024 * 1024);
    daemon.fault = (path) => (path === '/containers/json' ? { text } : undefined);
    const message = expect.stringContaining('more than 67108864 bytes');
    const patient = deadlineIn(systemClock, 60_000);
    await expect(docker.listContainers(patient)).rejects.toMatchObject({
      code: 'UPSTREAM_REJECTED',
      message,
    });
  });

  it('fails where no daemon is, and works when it is there again', async () => {
    daemon.run({ name: 'a' });
    await daemon.down();
    await expect(list()).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    await daemon.up();
    expect((await list()).containers).toHaveLength(1);
  });

  it('works over TCP', async () => {
    const remote = await DockerDaemon.start('tcp');
    const client = dockerAt(remote.address, clock);
    remote.run({ name: 'a' });
    expect((await client.listContainers(deadlineIn(clock, 60_000))).containers).toHaveLength(1);
    await client.close();
    await remote.stop();
  });
});

describe('the version of the API', () => {
  it.each([
    ['1.43', '/v1.43/containers/json'],
    ['1.24', '/v1.24/containers/json'],
    ['1.99', '/v1.51/containers/json'],
    [undefined, '/containers/json'],
  ])('of a daemon that has %s gives %s', async (version, path) => {
    daemon.apiVersion = version;
    await list();
    expect(daemon.requests.map((request) => request.split('?')[0])).toEqual(['/_ping', path]);
  });

  it('is settled anew when an older daemon answers', async () => {
    await list();
    daemon.apiVersion = '1.41';
    await expect(list()).rejects.toMatchObject({ code: 'UPSTREAM_REJECTED' });
    await list();
    expect(daemon.requests.at(-1)).toMatch(/^\/v1\.41\//);
  });
});
