import { afterEach, beforeEach, expect, it } from 'vitest';
import { readAgentConfig } from '../../../src/agent/config.ts';
import type { RunningSource } from '../../../src/agent/model/sighting.ts';
import { startDockerPush } from '../../../src/agent/push/docker-push.ts';
import type { Omission } from '../../../src/agent/push/payload.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { systemRandom } from '../../../src/core/random.ts';
import { type RegistryServer, startRegistryServer } from '../../../src/registry/server.ts';
import { patience } from '../../support/docker/containers.ts';
import { DockerDaemon } from '../../support/docker/daemon.ts';
import { first } from '../../support/docker/pushed-docker.ts';
import { MemoryTable, registryOn, tableName } from '../../support/registry/registry.ts';

let daemon: DockerDaemon;
let server: RegistryServer;
let push: RunningSource | undefined;
let configurations: string[];
let omissions: Omission[];
let failures: unknown[];

beforeEach(async () => {
  daemon = await DockerDaemon.start();
  server = await startRegistryServer(registryOn(new MemoryTable()).app, { address: '127.0.0.1', port: 0 });
  configurations = [];
  omissions = [];
  failures = [];
});
afterEach(async () => {
  push?.close();
  push = undefined;
  await daemon.stop();
  await server[Symbol.asyncDispose]();
});

function start(keys: string, env: Record<string, string> = {}): void {
  const url = `http://127.0.0.1:${server.port}`;
  const text = `push: { url: "${url}", table: ${tableName}, apply: true, ${keys} }`;
  const { config } = readAgentConfig(text, 'agent.yaml', { DOCKER_HOST: daemon.address, ...env });
  if (config.push === undefined) throw new Error('nothing is pushed');
  push = startDockerPush(
    config.push,
    config.guard,
    {
      onPosted: (configuration, left) => {
        configurations.push(configuration);
        omissions.push(...left);
      },
      onFailure: (error) => failures.push(error),
    },
    { clock: systemClock, random: systemRandom },
  );
}

it('tells the registry of containers by the keyword, and hands on what it answers', async () => {
  daemon.run(first('cosmo-a', '10.0.0.1'));
  daemon.run(first('other', '10.0.0.2'));
  daemon.run({
    ...first('cosmo-b', '10.0.0.3'),
    labels: {
      'lambda-registrator.slowness': '1',
      'lambda-registrator.route-host': 'b.example.com',
      'lambda-registrator.port': '80',
    },
  });
  start('auth: none, keyword: cosmo, host: docker-1');
  await expect.poll(() => configurations.at(-1), patience).toContain('10.0.0.1:8080');
  expect(configurations.at(-1)).not.toContain('10.0.0.2');
  expect(omissions).toContainEqual({
    service: 'cosmo-b',
    instance: undefined,
    message: 'slowness is nothing that a registry knows',
  });
  expect(failures).toEqual([]);
});

it('tells that Docker cannot be read, and that the registry cannot be reached', async () => {
  await daemon.down();
  start('auth: none');
  await expect.poll(() => failures, patience).toMatchObject([{ code: 'UPSTREAM_UNAVAILABLE' }]);
  push?.close();
  await daemon.up();
  daemon.run(first('a', '10.0.0.1'));
  failures = [];
  await server[Symbol.asyncDispose]();
  start('auth: none');
  await expect
    .poll(() => failures, patience)
    .toContainEqual(
      expect.objectContaining({ message: expect.stringContaining('The registry at') as string }),
    );
});

it('signs for the region of the environment, and for none without one', async () => {
  expect(() => start('auth: iam')).toThrow('push.url: names no region that requests are signed for');
  expect(() => start('auth: iam', { AWS_REGION: 'eu-west-1' })).not.toThrow();
});
