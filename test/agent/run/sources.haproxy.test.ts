import { rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addNamespace, addService, register } from '../../../src/sandbox/aws/cloud-map/world.ts';
import { freePorts } from '../../../src/sandbox/free-ports.ts';
import { type AgentSite, buildAgent, useAgentSite } from '../../support/agent/process.ts';
import { DockerDaemon } from '../../support/docker/daemon.ts';
import { labels } from '../../support/docker/containers.ts';
import { type EchoServer, startEchoServer } from '../../support/http/echo-server.ts';
import { ask } from '../../support/haproxy/requests.ts';
import { startLoad } from '../../support/http/load.ts';
import type { BuiltProgram } from '../../support/program-process.ts';
import { region, sandboxAws } from '../../support/aws/sandbox-aws.ts';
import { used } from '../../support/used.ts';
import { waitUntil } from '../../support/wait-until.ts';

let built: BuiltProgram;
let one: EchoServer;
let two: EchoServer;

beforeAll(async () => {
  [built, one, two] = await Promise.all([buildAgent(), startEchoServer('one'), startEchoServer('two')]);
});
afterAll(async () => {
  await one[Symbol.asyncDispose]();
  await two[Symbol.asyncDispose]();
  await built.remove();
});

async function useDocker(): Promise<DockerDaemon> {
  const daemon = await DockerDaemon.start();
  used({ [Symbol.asyncDispose]: () => daemon.stop() });
  return daemon;
}

/** Runs a container that listens at the port of a server here. */
function run(
  daemon: DockerDaemon,
  service: string,
  { port }: EchoServer,
  more: Record<string, string>,
): void {
  const keys = labels({ service, port: String(port), ...more });
  daemon.run({
    name: `${service}-${daemon.containers.size}`,
    labels: keys,
    networkMode: 'host',
    networks: {},
  });
}

async function answerOf({ ports }: AgentSite, host: string, path = '/'): Promise<string> {
  const { status, body } = await ask({ ports, host, path });
  return status === 200 ? (JSON.parse(body) as { server: string }).server : String(status);
}

describe('sources together', () => {
  it('make one service of a name, and give a route to the first, or a part of its requests', async () => {
    const daemon = await useDocker();
    const aws = await sandboxAws();
    used({ [Symbol.asyncDispose]: () => aws.close() });
    const site = await useAgentSite(built);
    const services = `${site.folder}/services.yaml`;
    const file = (more = ''): Promise<void> =>
      writeFile(
        services,
        `services:
  - { name: web, routes: [{ host: web.example.com }], servers: [{ id: f, address: 127.0.0.1, port: ${one.port} }] }
  - { name: taken, routes: [{ host: web.test.com }], servers: [{ id: f, address: 127.0.0.1, port: ${one.port} }] }
${more}`,
      );
    await file();
    run(daemon, 'web', two, { 'route-host': 'ignored.example.com' });
    run(daemon, 'canary', two, { 'route-host': 'whole.example.com', 'route-percent': '10' });
    run(daemon, 'whole', one, { 'route-host': 'whole.example.com' });
    const cluster = addNamespace(aws.world, 'cluster');
    const instance = { AWS_INSTANCE_IPV4: '127.0.0.1', AWS_INSTANCE_PORT: String(two.port) };
    register(addService(cluster, 'web'), 'i', instance);
    await site.write(`sources:
  file: { path: ${services} }
  docker: { address: "${daemon.address}" }
  cloud_map: { region: ${region}, namespaces: [{ namespace: cluster, domain: test.com }], refresh: 1s }
`);
    const agent = site.start({
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'example',
      AWS_ENDPOINT_URL_SERVICEDISCOVERY: aws.url,
    });
    const status = await agent.shows('all services', ({ services, config }) => {
      const states = services.flatMap(({ servers }) => servers.map(({ state }) => state));
      return (
        services.length === 5 &&
        !config.pending &&
        states.every((state) => state === 'up') &&
        states.length === 5
      );
    });
    const web = status.services.find(({ name }) => name === 'web');
    expect(web).toMatchObject({ sources: ['file', 'docker'], routes: [{ host: 'web.example.com' }] });
    expect(web?.servers.map(({ source }) => source).toSorted()).toEqual(['docker', 'file']);
    expect(status.conflicts).toEqual([
      { host: 'web.test.com', path: null, winner: 'taken', losers: ['web.cluster'] },
    ]);
    expect(await answerOf(site, 'web.test.com')).toBe('one');
    const load = startLoad(site.ports.http, 'whole.example.com');
    const total = (): number => [...load.answers.values()].reduce((sum, each) => sum + each, 0);
    await waitUntil('3000 answers', () => total() >= 3000);
    const share = ((load.answers.get('two') ?? 0) / total()) * 100;
    expect(share).toBeGreaterThan(9.8);
    expect(share).toBeLessThan(10.2);

    await file('  - { name: web, servers: [{ id: [] }] }\n');
    const bad = await agent.shows('a bad file', ({ sources: [first] }) => first?.ok === false);
    expect(bad.sources[0]?.error).toContain('services.yaml:4');
    await file(
      '  - { name: more, routes: [{ path: /more }], servers: [{ id: m, address: "127.0.0.1", port: 1 }] }\n',
    );
    await agent.shows('another service', ({ services, config }) => services.length === 6 && !config.pending);
    await load.stop();
    expect(load.failures).toEqual([]);
  });
});

describe('a start', () => {
  it('serves what was believed while every source is down, and guards it', async () => {
    const daemon = await useDocker();
    const site = await useAgentSite(built);
    const services = `${site.folder}/services.yaml`;
    await writeFile(services, 'services: [{ name: file, routes: [{ host: file.example.com }] }]');
    run(daemon, 'web', one, { 'route-host': 'web.example.com' });
    run(daemon, 'web', two, { 'route-host': 'web.example.com' });
    await site.write(`sources: { file: { path: ${services} }, docker: { address: "${daemon.address}" } }
apply: { start_wait: 1s }
guard: { interval: 200ms }
`);
    const first = site.start();
    await first.shows(
      'two services',
      ({ services, config }) => services.length === 2 && !config.pending && config.applied_at,
    );
    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    await daemon.down();
    await rm(services);
    await expect(answerOf(site, 'web.example.com')).rejects.toThrow('ECONNREFUSED');

    const second = site.start();
    await second.shows('both servers', ({ services }) => {
      const servers = services.find(({ name }) => name === 'web')?.servers ?? [];
      return servers.length === 2 && servers.every(({ state }) => state === 'up');
    });
    expect(await answerOf(site, 'web.example.com')).toMatch(/one|two/);
    expect(await second.health()).toMatchObject({ status: 200 });
    expect((await second.status()).sources.map(({ ok }) => ok)).toEqual([false, false]);
    for (const name of [...daemon.containers.values()].map(({ name }) => name)) daemon.remove(name);
    await daemon.up();
    const { services: kept } = await second.shows('what is held', ({ sources }) => sources[1]?.held.length);
    expect(kept.find(({ name }) => name === 'web')?.servers).toHaveLength(2);
  });

  it('waits for a source that is down, and takes the others then', async () => {
    const daemon = await useDocker();
    const site = await useAgentSite(built);
    const [nobody = 0] = await freePorts(1);
    run(daemon, 'web', one, { 'route-host': 'web.example.com' });
    await site.write(`sources: { docker: { address: "${daemon.address}" }, consul: { address: "http://127.0.0.1:${nobody}" } }
apply: { start_wait: 2s }
`);
    const agent = site.start();
    const waiting = await agent.shows('Docker alone', ({ sources: [docker] }) => docker?.ok === true);
    expect(waiting).toMatchObject({ services: [], haproxy: { up: false }, config: { applied_at: null } });
    expect(await agent.health()).toMatchObject({ status: 500 });
    expect(await agent.health('/readyz')).toMatchObject({ status: 503 });
    await agent.shows('the service', ({ services: [web] }) => web?.servers[0]?.state === 'up');
    expect(await answerOf(site, 'web.example.com')).toBe('one');
    const ready = await agent.health();
    expect(ready.status).toBe(200);
    expect(JSON.parse(ready.body)).toMatchObject({
      down: false,
      sources: { docker: { ok: true }, consul: { ok: false } },
    });
  });
});
