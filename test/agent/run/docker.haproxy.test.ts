import { createServer } from 'node:http';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRegistryServer } from '../../../src/registry/server.ts';
import { type AgentProcess, type AgentSite, buildAgent, useAgentSite } from '../../support/agent/process.ts';
import { DockerDaemon } from '../../support/docker/daemon.ts';
import type { RunOptions } from '../../support/docker/fake-container.ts';
import { labels } from '../../support/docker/containers.ts';
import { type EchoServer, startEchoServer } from '../../support/http/echo-server.ts';
import { ask } from '../../support/haproxy/requests.ts';
import { startLoad } from '../../support/http/load.ts';
import type { BuiltProgram } from '../../support/program-process.ts';
import { MemoryTable, registryOn, tableName } from '../../support/registry/registry.ts';
import { used } from '../../support/used.ts';

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

/** A container of the service `web`, which listens at a port of the host. */
function onHost(name: string, { port }: EchoServer, more: Partial<RunOptions> = {}): RunOptions {
  const keys = labels({ service: 'web', 'route-host': 'web.example.com', port: String(port) });
  return { name, labels: keys, networkMode: 'host', networks: {}, ...more };
}

async function answerOf({ ports }: AgentSite, host: string, path = '/'): Promise<string> {
  const { status, body } = await ask({ ports, host, path });
  if (status !== 200) return String(status);
  const { server, url } = JSON.parse(body) as { server: string; url: string };
  return `${server} ${url}`;
}

/** Waits until the service `web` has these servers, as `name state`. */
function webHas(agent: AgentProcess, daemon: DockerDaemon, wanted: Record<string, string>) {
  const names = new Map([...daemon.containers].map(([id, { name }]) => [id, name]));
  return agent.shows(JSON.stringify(wanted), ({ services, config }) => {
    const servers = services.find(({ name }) => name === 'web')?.servers ?? [];
    const states = Object.fromEntries(servers.map(({ id, state }) => [names.get(id) ?? id, state]));
    return !config.pending && sameStates(states, wanted);
  });
}

function sameStates(left: Record<string, string>, right: Record<string, string>): boolean {
  const text = (states: Record<string, string>): string =>
    Object.entries(states).map(String).toSorted().join(' ');
  return text(left) === text(right);
}

describe('Docker', () => {
  it('is served as containers run, are paused, ill and told to stop, without a request that fails', async () => {
    const daemon = await useDocker();
    const site = await useAgentSite(built);
    await site.write(`sources: { docker: { address: "${daemon.address}", network: "", resync: 1h } }\n`);
    daemon.run(onHost('a', one));
    daemon.run(onHost('b', two, { health: 'starting', stopSignal: 'SIGQUIT' }));
    const env = [
      'SERVICE_NAME=cosmo',
      'PREDICATE=/cosmo',
      `PORT=${one.port}`,
      'CONFIG_MODE=PATH',
      'COOKIE=A=b',
    ];
    daemon.run({ name: 'cosmo-1', env, networkMode: 'host', networks: {} });
    const route = labels({ service: 'far', 'route-path': '/far', port: '80' });
    daemon.run({ name: 'two-networks', labels: route, networks: { back: '10.1.0.2', front: '10.2.0.2' } });
    daemon.run({ name: 'ipv6', labels: route, networks: { front: 'fd00::12' } });
    const loopback = { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: String(two.port) }] };
    daemon.run({ name: 'loopback', labels: route, networks: {}, published: loopback });
    const agent = site.start();
    await webHas(agent, daemon, { a: 'up' });
    const { services, problems } = await agent.status();
    expect(
      services
        .find(({ name }) => name === 'far')
        ?.servers.map(({ address }) => address)
        .toSorted(),
    ).toEqual(['10.1.0.2:80', `127.0.0.1:${two.port}`, '[fd00::12]:80']);
    expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining('cookie')]);
    expect(await answerOf(site, 'web.example.com', '/x')).toBe('one /x');
    expect(await answerOf(site, 'any', '/cosmo/x')).toBe('one /cosmo/x');
    const load = startLoad(site.ports.http, 'web.example.com', 2);
    daemon.turn('b', 'healthy');
    await webHas(agent, daemon, { a: 'up', b: 'up' });
    daemon.pause('a');
    await webHas(agent, daemon, { a: 'drain', b: 'up' });
    daemon.unpause('a');
    daemon.turn('b', 'unhealthy');
    await webHas(agent, daemon, { a: 'up', b: 'drain' });
    daemon.turn('b', 'healthy');
    await webHas(agent, daemon, { a: 'up', b: 'up' });
    daemon.kill('b', 'SIGQUIT');
    await webHas(agent, daemon, { a: 'up', b: 'drain' });
    daemon.die('b');
    daemon.remove('b');
    daemon.events.end();
    daemon.run(onHost('c', two));
    await webHas(agent, daemon, { a: 'up', c: 'up' });
    await load.stop();
    expect(load.failures).toEqual([]);
    expect((await agent.status()).haproxy.reloads).toBe(0);
  });

  it('may restart, change meanwhile and show nothing at first', async () => {
    const daemon = await useDocker();
    const site = await useAgentSite(built);
    await site.write(`sources: { docker: { address: "${daemon.address}" } }\nguard: { interval: 200ms }\n`);
    daemon.run(onHost('a', one));
    daemon.run(onHost('b', two));
    const agent = site.start();
    await webHas(agent, daemon, { a: 'up', b: 'up' });
    const load = startLoad(site.ports.http, 'web.example.com', 2);
    await daemon.down();
    await agent.shows('a failure', ({ sources: [docker] }) => docker?.ok === false);
    daemon.die('b');
    daemon.run(onHost('c', two));
    const kept = [...daemon.containers];
    daemon.containers.clear();
    await daemon.up();
    const empty = await agent.shows(
      'an empty list',
      ({ sources: [docker] }) => docker?.ok && docker.held.length,
    );
    expect(empty.sources[0]?.held).toMatchObject([
      { service: 'web', reason: 'the source has no servers any more' },
    ]);
    expect(empty.services[0]?.servers).toHaveLength(2);
    for (const [id, container] of kept) daemon.containers.set(id, container);
    await webHas(agent, daemon, { a: 'up', c: 'up' });
    await load.stop();
    expect(load.failures).toEqual([]);
  });
});

describe('a registry whose answer is the configuration', () => {
  /** An agent that pushes to a registry, which makes configurations for the site. */
  async function pushing() {
    const daemon = await useDocker();
    const site = await useAgentSite(built);
    const registry = registryOn(new MemoryTable(), { BIND: `127.0.0.1:${site.ports.http}` });
    const server = await startRegistryServer(registry.app, { address: '127.0.0.1', port: 0 });
    const push = `url: "http://127.0.0.1:${server.port}", table: ${tableName}, auth: none, apply: true`;
    await site.write(`sources: { docker: { address: "${daemon.address}" } }\npush: { ${push} }\n`);
    return { daemon, site, app: registry.app, server };
  }

  function cosmo(name: string, { port }: EchoServer): RunOptions {
    const env = ['SERVICE_NAME=web', 'PREDICATE=web.example.com', `PORT=${port}`];
    return { name, env, networks: { bridge: '127.0.0.1' } };
  }

  it('is what HAProxy serves, also while the registry is away or answers what HAProxy refuses', async () => {
    const { daemon, site, app, server } = await pushing();
    daemon.run(cosmo('a', one));
    const agent = site.start();
    await agent.shows('a configuration', ({ config, haproxy }) => haproxy.up && !config.pending);
    expect(await answerOf(site, 'web.example.com', '/x')).toBe('one /x');
    await server[Symbol.asyncDispose]();
    daemon.halt('a');
    daemon.remove('a');
    daemon.run(cosmo('b', two));
    await agent.says('the registry cannot be told');
    const { sources } = await agent.status();
    expect(sources).toMatchObject([{ name: 'registry', ok: false, error: expect.any(String) }]);
    expect(await answerOf(site, 'web.example.com')).toBe('one /');

    const broken = createServer((_, response) => response.end('frontend f\n  nonsense\n')).listen(
      server.port,
      '127.0.0.1',
    );
    await once(broken, 'listening');
    const { config } = await agent.shows('a rejection', ({ config }) => config.rejected !== null);
    expect(config.rejected?.error).toContain('nonsense');
    expect(await answerOf(site, 'web.example.com')).toBe('one /');
    broken.closeAllConnections();
    await once(broken.close(), 'close');

    used(await startRegistryServer(app, { address: '127.0.0.1', port: server.port }));
    daemon.run(cosmo('c', two));
    await agent.shows('another configuration', ({ config }) => config.rejected === null && !config.pending);
    expect(await answerOf(site, 'web.example.com')).toBe('two /');
    agent.child.kill('SIGTERM');
    expect(await agent.ended).toBe(0);
  });
});
