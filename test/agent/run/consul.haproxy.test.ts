import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { managedTag } from '../../../src/lambda-service/service.ts';
import { type AgentProcess, type AgentSite, buildAgent, useAgentSite } from '../../support/agent/process.ts';
import { emptyCatalog } from '../../support/consul/catalog.ts';
import { type ConsulServer, startConsul } from '../../support/consul/server.ts';
import { type Echo, type EchoServer, startEchoServer } from '../../support/http/echo-server.ts';
import { ask } from '../../support/haproxy/requests.ts';
import { startLoad } from '../../support/http/load.ts';
import type { BuiltProgram } from '../../support/program-process.ts';
import { functionArn } from '../../support/aws/sandbox-aws.ts';
import { waitUntil } from '../../support/wait-until.ts';

let built: BuiltProgram;
let consul: ConsulServer;
let one: EchoServer;
let two: EchoServer;

beforeAll(async () => {
  [built, consul, one, two] = await Promise.all([
    buildAgent(),
    startConsul({ acl: true }),
    startEchoServer('one'),
    startEchoServer('two'),
  ]);
});
afterAll(async () => {
  await one[Symbol.asyncDispose]();
  await two[Symbol.asyncDispose]();
  await consul.close();
  await built.remove();
});
beforeEach(() => emptyCatalog(consul));

const readAll = 'service_prefix "" { policy = "read" }\nnode_prefix "" { policy = "read" }';

interface Given {
  readonly Service: string;
  readonly ID?: string;
  readonly node?: string;
  readonly [field: string]: unknown;
}

/** Registers an instance at the first echo server, on a node at 127.0.0.1. */
async function register({ node = 'n1', ...Service }: Given): Promise<void> {
  const body = { Node: node, Address: '127.0.0.1', Service: { Port: one.port, ...Service } };
  await consul.ok('PUT', '/v1/catalog/register', body);
}

async function check(ServiceID: string, Status: string, node = 'n1'): Promise<void> {
  const Check = { Node: node, CheckID: `c-${ServiceID}`, ServiceID, Status };
  await consul.ok('PUT', '/v1/catalog/register', { Node: node, SkipNodeUpdate: true, Check });
}

/** Starts an agent that follows this Consul with the token of a file. */
async function startAgent(
  token: string,
  guard = '{ interval: 300ms }',
): Promise<AgentSite & { agent: AgentProcess; token: string }> {
  const site = await useAgentSite(built);
  const file = `${site.folder}/token`;
  await writeFile(file, token);
  await site.write(`sources: { consul: { address: "http://127.0.0.1:${consul.port}", token_file: ${file}, host: "{service}.example.com" } }
lambda: { proxy: ["127.0.0.1:${two.port}"] }
guard: ${guard}
`);
  return { ...site, agent: site.start(), token: file };
}

async function asked({ ports }: AgentSite, host: string, path = '/'): Promise<Echo & { status: number }> {
  const { status, body } = await ask({ ports, host, path });
  return { status, ...(status === 200 ? (JSON.parse(body) as Echo) : { server: '', url: '' }) } as Echo & {
    status: number;
  };
}

async function answerIn(site: AgentSite, host: string): Promise<string> {
  return (await asked(site, host)).server;
}

describe('a real Consul', () => {
  it('is served with whatever its services ask for, more of them than connections', async () => {
    for (let each = 0; each < 70; each += 1) await register({ Service: `good-${each}` });
    const tags = [
      'urlprefix-odd.example.com/half weight=0,5',
      'urlprefix-odd.example.com/quote opts "strip=/quote',
      'urlprefix-odd.example.com/\nbackend evil',
      'urlprefix-:8443 proto=tcp',
      'urlprefix-odd.example.com/strip strip=/strip',
      'urlprefix-odd.example.com/plain proto=http',
      'weight=7',
    ];
    await register({ Service: 'odd', Tags: tags, Meta: { check: 'off' } });
    await register({ Service: 'both', ID: 'same', node: 'n1', Weights: { Passing: 3, Warning: 1 } });
    await register({ Service: 'Both', ID: 'same', node: 'n2', Port: two.port });
    await check('same', 'warning', 'n1');
    await register({
      Service: 'sidecar',
      Kind: 'connect-proxy',
      Proxy: { DestinationServiceName: 'good-1' },
    });
    await register({ Service: 'gateway', Kind: 'mesh-gateway' });
    const { agent, ...site } = await startAgent(await consul.createToken(readAll));
    const { services, problems } = await agent.shows(
      'all of them',
      ({ services, config, haproxy }) =>
        services.length === 72 && !config.pending && haproxy.up && config.applied_at,
    );
    const named = (name: string) => services.find((service) => service.name === name);
    expect(named('odd')?.routes.map(({ host, path, strip }) => [host, path, strip])).toEqual([
      ['odd.example.com', '/plain', false],
      ['odd.example.com', '/strip', true],
    ]);
    expect(named('both')?.servers.map(({ id, weight, address }) => `${id} ${weight} ${address}`)).toEqual([
      `n1/same 100 127.0.0.1:${one.port}`,
      `n2/same 100 127.0.0.1:${two.port}`,
    ]);
    expect(named('odd')?.servers.map(({ weight }) => weight)).toEqual([7]);
    expect(problems.map(({ service, message }) => `${service} ${message.slice(0, 40)}`)).toEqual([
      'odd The tag "urlprefix-:8443 proto=tcp" is l',
      'odd The tag "urlprefix-odd.example.com/\\nbac',
      'odd The tag "urlprefix-odd.example.com/half ',
      'odd The tag "urlprefix-odd.example.com/quote',
    ]);
    expect(await asked(site, 'good-69.example.com', '/x')).toMatchObject({ server: 'one', url: '/x' });
    expect(await asked(site, 'odd.example.com', '/strip/x')).toMatchObject({ server: 'one', url: '/x' });
    expect(await asked(site, 'odd.example.com', '/half')).toMatchObject({ status: 404 });

    const { haproxy } = await agent.status();
    const ask = {
      'lambda-arn': functionArn('pay'),
      'lambda-route-host': 'Pay.example',
      'lambda-route-path': '/v1',
    };
    await consul.ok('PUT', '/v1/catalog/register', {
      Node: 'lambdas',
      Address: 'lambda.example',
      Service: { Service: 'pay', Tags: [managedTag], Meta: ask, Address: '10.1.2.3', Port: 1 },
    });
    const after = await agent.shows(
      'the function',
      ({ services, config }) => services.some(({ name }) => name === 'pay') && !config.pending,
    );
    expect(after.haproxy).toMatchObject({ reloads: haproxy.reloads, pid: haproxy.pid });
    const answer = await asked(site, 'PAY.example', '/v1//x?y');
    expect(answer).toMatchObject({ server: 'two', url: '/v1//x?y', headers: { host: 'PAY.example' } });
  });

  it('may restart, hang and refuse the token without a request that fails', async () => {
    await register({ Service: 'web' });
    const secret = await consul.createToken(readAll);
    const { agent, token, ...site } = await startAgent(secret);
    const isServed = (count: number) =>
      agent.shows(
        `${count} servers`,
        ({ services: [web], sources: [source] }) =>
          source?.ok && web?.servers.filter(({ state }) => state === 'up').length === count,
      );
    await isServed(1);
    const load = startLoad(site.ports.http, 'web.example.com', 2);
    await consul.restart();
    await register({ Service: 'web', node: 'n2', Port: two.port });
    await isServed(2);

    consul.pause();
    const count = (): number => [...load.answers.values()].reduce((sum, each) => sum + each, 0);
    const before = count();
    await waitUntil('requests meanwhile', () => count() > before + 500);
    consul.resume();
    await register({ Service: 'web', ID: 'third', node: 'n2', Address: '127.0.0.2' });
    await agent.shows('a third', ({ services: [web] }) => web?.servers.length === 3);

    const { AccessorID } = (await consul.ok('GET', '/v1/acl/token/self', undefined, secret)) as {
      AccessorID: string;
    };
    await consul.ok('DELETE', `/v1/acl/token/${AccessorID}`);
    await register({ Service: 'web', ID: 'fourth', node: 'n2', Address: '127.0.0.3' });
    const { sources, services } = await agent.shows(
      'refused',
      ({ sources: [source] }) => source?.ok === false,
    );
    expect(sources[0]?.error).toContain('403');
    expect(services[0]?.servers).toHaveLength(3);
    expect(await agent.health()).toMatchObject({ status: 200 });
    await writeFile(token, await consul.createToken(readAll));
    await agent.shows('a fourth', ({ services: [web] }) => web?.servers.length === 4);
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(JSON.stringify([agent.said, await agent.status()])).not.toContain(secret);
  });

  it('is not believed at once when most of it is gone, which is told', async () => {
    for (const id of ['a', 'b', 'c', 'd'])
      await register({
        Service: 'web',
        ID: id,
        ...(id !== 'a' && { node: 'n2', Address: `127.1.0.${id.charCodeAt(0)}` }),
      });
    for (const name of ['api', 'shop']) await register({ Service: name });
    const guard = '{ interval: 1s, empty_after: 4s }';
    const { agent, ...site } = await startAgent(consul.managementToken ?? '', guard);
    await agent.shows('all', ({ services, config }) => services.length === 3 && config.applied_at);
    await consul.ok('PUT', '/v1/catalog/deregister', { Node: 'n2' });
    const held = await agent.shows('a service that is held', ({ sources: [source] }) => source?.held.length);
    expect(held.sources[0]?.held).toMatchObject([
      { service: 'web', reason: 'less than 50 % of the servers of the service would be left' },
    ]);
    expect(held.services.find(({ name }) => name === 'web')?.servers).toHaveLength(4);
    expect(await agent.says('service held')).toMatchObject({ source: 'consul', service: 'web' });
    const metrics = async () => (await fetch(`http://127.0.0.1:${site.ports.admin}/metrics`)).text();
    expect(await metrics()).toContain('lambda_agent_source_held{source="consul"} 1\n');
    await agent.shows('one server', ({ services, sources: [source] }) => {
      const web = services.find(({ name }) => name === 'web');
      return web?.servers.length === 1 && source?.held.length === 0;
    });
    expect(await metrics()).toContain('lambda_agent_source_held{source="consul"} 0\n');
    await agent.says('service held no more');
    await emptyCatalog(consul);
    const empty = await agent.shows('nothing', ({ sources: [source] }) => source?.held.length === 3);
    expect(empty.services).toHaveLength(3);
    expect(await answerIn(site, 'web.example.com')).toBe('one');
    await agent.shows(
      'that nothing is left',
      ({ services, config }) => services.length === 0 && !config.pending,
    );
    expect(await answerIn(site, 'web.example.com')).toBe('');
  });
});
