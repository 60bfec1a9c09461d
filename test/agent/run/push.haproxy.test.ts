import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { buildAgent, useAgentSite } from '../../support/agent/process.ts';
import { DockerDaemon } from '../../support/docker/daemon.ts';
import { first } from '../../support/docker/pushed-docker.ts';
import { ask } from '../../support/haproxy/requests.ts';
import type { BuiltProgram } from '../../support/program-process.ts';

let built: BuiltProgram;

beforeAll(async () => {
  built = await buildAgent();
});
afterAll(() => built.remove());

/** A registry that answers what it is told to. */
async function useRegistry() {
  const registry = { answer: '', port: 0, posts: 0 };
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      registry.posts += 1;
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(registry.answer);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  registry.port = (server.address() as AddressInfo).port;
  return registry;
}

it('applies what a registry answers to what runs in Docker, and goes on with it after a restart', async () => {
  const site = await useAgentSite(built);
  const registry = await useRegistry();
  const daemon = await DockerDaemon.start();
  onTestFinished(() => daemon.stop());
  daemon.run(first('a', '10.0.0.1'));
  const answer = (status: number): string => `global
    hard-stop-after 5s

defaults
    mode http
    timeout client 5s
    timeout server 5s
    timeout connect 5s

frontend fe
    bind 127.0.0.1:${site.ports.http}
    http-request return status ${status}
`;
  const status = async () => (await ask({ ports: site.ports, host: 'any' })).status;
  registry.answer = answer(201);
  await site.write(`sources: { docker: { address: "${daemon.address}" } }
push: { url: "http://127.0.0.1:${registry.port}", table: t, auth: none, apply: true }
`);
  const agent = site.start();
  await agent.shows('the answer', ({ config }) => config.revision !== null && !config.pending);
  expect(await status()).toBe(201);
  registry.answer = answer(202);
  daemon.run(first('b', '10.0.0.2'));
  await agent.shows('the next', ({ haproxy }) => haproxy.reloads === 1);
  expect(await status()).toBe(202);
  expect(await agent.health('/readyz')).toMatchObject({ status: 200 });
  registry.answer = answer(203).replace('mode http', 'mode nonsense');
  daemon.run(first('c', '10.0.0.3'));
  await agent.shows('a rejection', ({ config }) => config.rejected !== null);
  expect(await status()).toBe(202);
  registry.answer = answer(202);
  daemon.run(first('d', '10.0.0.4'));
  await agent.shows('no rejection', ({ config }) => config.rejected === null && !config.pending);
  agent.child.kill('SIGKILL');
  await agent.ended;
  const posts = registry.posts;
  const second = site.start();
  const { haproxy } = await second.shows(
    'a post',
    ({ haproxy, config }) => haproxy.up && registry.posts > posts && !config.pending,
  );
  expect(haproxy.reloads).toBe(1);
  expect(await status()).toBe(202);
});
