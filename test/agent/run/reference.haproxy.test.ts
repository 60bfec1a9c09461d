import { stat } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SandboxNamespace } from '../../../src/sandbox/aws/cloud-map/model.ts';
import { addNamespace, addService, register } from '../../../src/sandbox/aws/cloud-map/world.ts';
import type { SandboxAws } from '../../../src/sandbox/aws/server.ts';
import { type AgentSite, buildAgent, useAgentSite } from '../../support/agent/process.ts';
import { type EchoServer, startEchoServer } from '../../support/http/echo-server.ts';
import { ask } from '../../support/haproxy/requests.ts';
import type { BuiltProgram } from '../../support/program-process.ts';
import { region, sandboxAws } from '../../support/aws/sandbox-aws.ts';
import { used } from '../../support/used.ts';
import { waitUntil } from '../../support/wait-until.ts';

/** The environment of the Cloud Map image, unchanged and without a file, and what that image does wrong with it. */

let built: BuiltProgram;
let echo: EchoServer;

beforeAll(async () => {
  built = await buildAgent();
  echo = await startEchoServer('echo');
});
afterAll(async () => {
  await echo[Symbol.asyncDispose]();
  await built.remove();
});

/** A Cloud Map that ends with the test. */
async function useCloudMap(): Promise<SandboxAws> {
  const aws = await sandboxAws();
  used({ [Symbol.asyncDispose]: () => aws.close() });
  return aws;
}

const namespaceMap = [
  { namespace: 'cluster', domainname: 'test.com' },
  { namespace: 'cluster', domainname: 'test.org', mode: 'path' },
  { namespace: 'gone.local', domainname: 'X.example', mode: 'Path' },
  { namespace: 'other', domainname: 'Other.Example', mode: 'HOST' },
];
const passwords = { PROM_PASSWD: 'a $& #b', STATS_PASSWD: "$`$1 #'x\\" };

function environmentOf(aws: SandboxAws): Record<string, string> {
  return {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'example',
    AWS_ENDPOINT_URL_SERVICEDISCOVERY: aws.url,
    NAMESPACE_MAP: JSON.stringify(namespaceMap),
    REFRESH_RATE: '1',
    DEFAULT_DOMAIN: 'www.test.com',
    ...passwords,
  };
}

function add(namespace: SandboxNamespace, name: string, ...instances: Record<string, string>[]): void {
  const service = addService(namespace, name, { check: 'custom' });
  for (const [at, instance] of instances.entries()) register(service, `i-${at}`, instance);
}

function at(port: number, more: Record<string, string> = {}): Record<string, string> {
  return { AWS_INSTANCE_IPV4: '127.0.0.1', AWS_INSTANCE_PORT: String(port), ...more };
}

/** Who answered and what it was asked for, or the status and where it leads. */
async function answerOf(site: AgentSite, host: string, path = '/'): Promise<string> {
  const { status, headers, body } = await ask({ ports: site.ports, host, path });
  if (status !== 200) return [status, headers.location].join(' ').trim();
  const { server, url } = JSON.parse(body) as { server: string; url: string };
  return `${server} ${url}`;
}

describe('the environment of the reference', () => {
  it('serves hosts and paths of several namespaces, whatever instances they have', async () => {
    const aws = await useCloudMap();
    const site = await useAgentSite(built);
    const here = at(echo.port);
    const second = used(await startEchoServer('second'));
    const cluster = addNamespace(aws.world, 'cluster');
    add(
      cluster,
      'Web',
      here,
      { AWS_INSTANCE_IPV4: '127.0.0.1' },
      at(0),
      { AWS_INSTANCE_PORT: '80' },
      { AWS_ALIAS_DNS_NAME: 'lb.elb.amazonaws.com', AWS_INSTANCE_PORT: '80' },
      { AWS_INSTANCE_IPV6: '2001:db8::1', AWS_INSTANCE_PORT: '80', weight: '0' },
      { AWS_INSTANCE_CNAME: 'localhost', AWS_INSTANCE_PORT: String(echo.port) },
      at(9, { AWS_INIT_HEALTH_STATUS: 'UNHEALTHY' }),
    );
    add(cluster, '_my-app._tcp', here);
    add(cluster, 'shop', here);
    add(cluster, 'shopping', at(second.port));
    add(cluster, 'empty');
    add(cluster, 'ill', at(echo.port, { AWS_INIT_HEALTH_STATUS: 'UNHEALTHY' }));
    add(cluster, 'itself', at(site.ports.http));
    add(cluster, 'metrics', here);
    add(addNamespace(aws.world, 'other'), 'Web', at(second.port));
    const agent = site.startWithoutFile(environmentOf(aws));
    const { problems, services, conflicts } = await agent.shows('what is served', ({ services, config }) => {
      const web = services.find(({ name }) => name === 'Web.cluster');
      return !config.pending && web?.servers.some(({ id, state }) => id === 'i-0' && state === 'up');
    });

    expect(await answerOf(site, 'web.test.com')).toBe('echo /');
    expect(await answerOf(site, 'WEB.Test.COM.:8080', '/a?b')).toBe('echo /a?b');
    expect(await answerOf(site, 'my-app.test.com')).toBe('echo /');
    expect(await answerOf(site, 'web.other.example')).toBe('second /');
    for (const host of ['web.test.com.evil.net', 'v2.web.test.com', 'xweb.test.com', 'unknown'])
      expect(await answerOf(site, host, '/x//y?z=%20')).toBe('302 http://www.test.com/x//y?z=%20');
    expect(await answerOf(site, 'www.test.com')).toBe('404');
    expect(await answerOf(site, 'WWW.test.com:80')).toBe('404');
    expect(await answerOf(site, 'empty.test.com')).toBe('503');
    expect(await answerOf(site, 'ill.test.com')).toBe('echo /');
    expect(await answerOf(site, 'itself.test.com')).toBe('503');

    expect(await answerOf(site, 'any', '/shop')).toBe('echo /');
    expect(await answerOf(site, 'any', '/shop?a')).toBe('echo /?a');
    expect(await answerOf(site, 'any', '/shop//x')).toBe('echo //x');
    expect(await answerOf(site, 'any', '/shopping/x')).toBe('second /x');
    expect(await answerOf(site, 'any', '/shopper')).toBe('302 http://www.test.com/shopper');
    expect(await answerOf(site, 'any', '/_my-app._tcp')).toBe('302 http://www.test.com/_my-app._tcp');
    expect(await answerOf(site, 'any', '/my-app/x')).toBe('echo /x');

    const web = services.find(({ name }) => name === 'Web.cluster');
    expect(web?.routes.map(({ host, path }) => host ?? path)).toEqual(['/Web', 'web.test.com']);
    expect(web?.servers.map(({ id }) => id)).toEqual(['i-0', 'i-5', 'i-6', 'i-7']);
    expect(problems.map(({ service, instance }) => `${service} ${instance}`)).toEqual([
      ...['i-1', 'i-2', 'i-3', 'i-4'].map((instance) => `Web.cluster ${instance}`),
      'itself.cluster i-0',
      'null null',
    ]);
    expect(conflicts).toEqual([
      { host: null, path: '/metrics', winner: 'HAProxy', losers: ['metrics.cluster'] },
    ]);
  });

  it('has pages for the passwords, whatever characters these hold, and shows them nowhere', async () => {
    const aws = await useCloudMap();
    const site = await useAgentSite(built);
    add(addNamespace(aws.world, 'cluster'), 'web', at(echo.port));
    const agent = site.startWithoutFile(environmentOf(aws));
    await agent.shows('the service', ({ services: [web] }) => web?.servers[0]?.state === 'up');
    const page = async (path: string, user: string, password: string): Promise<number> => {
      const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
      return (await ask({ ports: site.ports, host: 'any', path, headers: { authorization } })).status;
    };
    const { PROM_PASSWD, STATS_PASSWD } = passwords;
    expect(await page('/metrics', 'stats', PROM_PASSWD)).toBe(200);
    expect(await page('/metrics', 'stats', 'a')).toBe(401);
    expect(await page('/metrics', 'stats_user', STATS_PASSWD)).toBe(401);
    expect(await page('/stats', 'stats_user', STATS_PASSWD)).toBe(200);
    expect(await page('/stats', 'stats', PROM_PASSWD)).toBe(401);
    expect(await page('/stats;csv', 'stats_user', STATS_PASSWD)).toBe(200);
    expect(await page('/metrics?scope=server', 'stats', PROM_PASSWD)).toBe(200);
    expect(await page('/metricsx', 'stats', PROM_PASSWD)).toBe(302);
    const shown = JSON.stringify([agent.said, agent.lines, await agent.status()]);
    for (const password of Object.values(passwords))
      expect(shown).not.toContain(JSON.stringify(password).slice(1, -1));
    expect(shown).not.toContain('$5$');
    const { mode } = await stat(`${site.state}/haproxy.cfg`);
    expect(mode & 0o777).toBe(0o600);
  });

  it('follows more than a hundred services and instances, of which pages fail, and a namespace that appears later', async () => {
    const aws = await useCloudMap();
    const site = await useAgentSite(built);
    const cluster = addNamespace(aws.world, 'cluster');
    for (let each = 0; each < 130; each += 1) add(cluster, `s-${each}`, at(echo.port));
    const many = Array.from({ length: 120 }, (_, each) => ({
      ...at(9),
      AWS_INSTANCE_IPV4: `127.0.1.${each}`,
      weight: '0',
      check: 'off',
    }));
    add(cluster, 'many', ...many);
    aws.world.cloudMap.largestAnswer = 100;
    let struck = 0;
    aws.faults.strike = ({ operation, input }) => {
      const isSecond = JSON.stringify(input).includes('NextToken');
      if (operation !== 'ListServices' || !isSecond || struck >= 3) return undefined;
      struck += 1;
      return 'throttle';
    };
    const agent = site.startWithoutFile(environmentOf(aws));
    const { sources, problems } = await agent.shows(
      'all of them',
      ({ services, config }) => services.length === 131 && !config.pending && config.applied_at !== null,
    );
    expect(struck).toBe(3);
    expect(sources[0]).toMatchObject({ name: 'cloud_map', services: 131, servers: 250 });
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('gone.local'),
      expect.stringContaining('other'),
    ]);
    for (const host of ['s-0.test.com', 's-129.test.com']) expect(await answerOf(site, host)).toBe('echo /');
    add(addNamespace(aws.world, 'gone.local'), 'late', at(echo.port));
    await agent.shows('the namespace', ({ services, config }) => services.length === 132 && !config.pending);
    expect(await answerOf(site, 'any', '/late/x')).toBe('echo /x');
  });

  it('is healthy again with the first read that succeeds, though nothing changed', async () => {
    const aws = await useCloudMap();
    const site = await useAgentSite(built);
    add(addNamespace(aws.world, 'cluster'), 'web', at(echo.port));
    const agent = site.startWithoutFile({ ...environmentOf(aws), HEALTH_SOURCE_FAILURES: '3' });
    const { config } = await agent.shows(
      'the service',
      ({ services: [web] }) => web?.servers[0]?.state === 'up',
    );
    expect(await agent.health()).toMatchObject({ status: 200 });
    aws.faults.strike = () => 'server-error';
    const ill = await waitUntil('bad health', async () => {
      const answer = await agent.health();
      return answer.status === 500 && answer;
    });
    expect(JSON.parse(ill.body)).toMatchObject({ down: true, numFailures: 3, haproxy: 'up' });
    expect(await agent.health('/readyz')).toMatchObject({ status: 200 });
    expect(await answerOf(site, 'web.test.com')).toBe('echo /');
    aws.faults.strike = () => undefined;
    const well = await waitUntil('good health', async () => {
      const answer = await agent.health();
      return answer.status === 200 && answer;
    });
    expect(JSON.parse(well.body)).toMatchObject({ down: false, numFailures: 0 });
    expect((await agent.status()).config).toEqual(config);
  });
});
