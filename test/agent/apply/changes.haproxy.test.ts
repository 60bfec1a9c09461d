import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Applier } from '../../../src/agent/apply/api.ts';
import { filesIn } from '../../../src/agent/apply/options.ts';
import type { Configuration, Service } from '../../../src/haproxy/model.ts';
import { configText, mapText } from '../../../src/haproxy/running/layout.ts';
import { freePorts } from '../../../src/sandbox/free-ports.ts';
import { type AppliedSite, appliedSite, workerAt } from '../../support/agent/applied-haproxy.ts';
import { type EchoServer, startEchoServer } from '../../support/http/echo-server.ts';
import { serversOf, service } from '../../support/haproxy/models.ts';
import { waitUntil } from '../../support/wait-until.ts';

let echoes: EchoServer[];
let site: AppliedSite;
let applier: Applier;
beforeAll(async () => {
  echoes = await Promise.all(['one', 'two'].map((name) => startEchoServer(name)));
  site = await appliedSite();
  applier = await site.start();
});
afterAll(async () => {
  await site[Symbol.asyncDispose]();
  await Promise.all(echoes.map((server) => server[Symbol.asyncDispose]()));
});

const web = (parts: Partial<Service> = {}, hosts = ['a.example']): Service => {
  const routes = hosts.map((host) => ({ host }));
  return service('web', routes, { servers: serversOf(...echoes.slice(0, 1)), ...parts });
};
const both = (): Partial<Service> => ({ servers: serversOf(...echoes) });
const shop = (parts: Partial<Service> = {}): Service => service('shop', [{ host: 'b.example' }], parts);

/** What is told when HAProxy is brought there, and that files on disk say the same. */
async function serve(services: readonly Service[], parts: Partial<Configuration> = {}): Promise<string[]> {
  const changes = await site.serve(services, parts);
  const layout = site.layoutOf(services, parts);
  expect(await readFile(filesIn(site.options.haproxy.dir).map, 'utf8')).toBe(mapText(layout.map));
  expect(applier.applied()).toMatchObject({ pending: false, rejected: undefined });
  return changes.map(({ how, reason, service }) => `${how} ${reason}${service ? ` of ${service}` : ''}`);
}

const fileNow = (): Promise<string> => readFile(site.options.haproxy.config, 'utf8');
const serversNow = async (): Promise<string[]> =>
  (await site.states()).map(
    ({ backend, server, endpoint, weight }) => `${backend}/${server} ${endpoint} ${weight}`,
  );

describe.sequential('a change of what is wanted', () => {
  it('is a start with the first of all configurations', async () => {
    expect(applier.haproxy()).toMatchObject({ state: 'starting', mode: 'start', pid: undefined });
    expect(await applier.answers()).toBe(false);
    expect(applier.applied()).toMatchObject({ revision: undefined, pending: false });
    expect(await serve([web()])).toEqual(['reload start']);
    expect(await site.status('a.example')).toBe(200);
    expect(await applier.answers()).toBe(true);
    const { master } = await site.processes();
    expect(applier.haproxy()).toMatchObject({ state: 'up', mode: 'start', pid: master, oldWorkers: 0 });
    expect(applier.haproxy().version).toMatch(/^\d+\.\d+/);
    expect(applier.applied()).toMatchObject({
      how: 'reload',
      revision: expect.stringMatching(/^\w+$/) as string,
    });
  });

  it('is nothing at all where the model is the same', async () => {
    const worker = await workerAt(site.options.haproxy.socket);
    const { revision, appliedAt } = applier.applied();
    expect(await serve([web()])).toEqual([]);
    expect(await workerAt(site.options.haproxy.socket)).toBe(worker);
    expect(applier.applied()).toMatchObject({ revision, appliedAt });
  });

  it('is made by commands where servers come, change and go', async () => {
    const worker = await workerAt(site.options.haproxy.socket);
    const [one, two] = echoes.map(({ port }) => port);
    expect(await serve([web(both())])).toEqual(['runtime add of web']);
    expect(await serversNow()).toEqual([
      `be_web/s_one 127.0.0.1:${one} 1`,
      `be_web/s_two 127.0.0.1:${two} 1`,
    ]);
    const heavy = serversOf(...echoes).map((server) => ({ ...server, weight: 0 }));
    expect(await serve([web({ servers: heavy })])).toEqual(['runtime weight of web']);
    const moved = serversOf(...echoes).map((server) => ({ ...server, address: '127.0.0.2' }));
    expect(await serve([web({ servers: moved })])).toEqual(['runtime address, weight of web']);
    expect(await serversNow()).toEqual([
      `be_web/s_one 127.0.0.2:${one} 1`,
      `be_web/s_two 127.0.0.2:${two} 1`,
    ]);
    expect(await serve([web()])).toEqual(['runtime address, remove of web']);
    await waitUntil('the removal', async () => (await serversNow()).length === 1);
    expect(await site.status('a.example')).toBe(200);
    expect(await workerAt(site.options.haproxy.socket)).toBe(worker);
    expect(await fileNow()).toBe(configText(site.layoutOf([web()])));
  });

  it('is one of the map where routes of running services come and go', async () => {
    expect(await serve([web({}, ['a.example', 'c.example'])])).toEqual(['runtime map']);
    expect(await site.status('c.example')).toBe(200);
    expect(await serve([web()])).toEqual(['runtime map']);
    expect(await site.status('c.example')).toBe(404);
  });

  it('takes a reload for a new service, and none when it is gone', async () => {
    expect(await serve([web(), shop(both())])).toEqual(['reload service_added of shop']);
    expect(await site.status('b.example')).toBe(200);
    expect(await fileNow()).toBe(configText(site.layoutOf([web(), shop(both())])));
    expect(await serve([web()])).toEqual(['runtime map, remove']);
    expect(await site.status('b.example')).toBe(404);
    expect(await fileNow()).toContain('be_shop');
    expect(await serve([web({ timeout: 5_000 })])).toEqual(['reload service_changed of web']);
    expect(await fileNow()).not.toContain('be_shop');
  });

  it('takes a reload where a longer path is taken off than ever', async () => {
    const deep = service('web', [{ path: '/1/2/3/4/5', strip: true }], { servers: serversOf(...echoes) });
    expect(await serve([deep])).toContain('reload route_changed');
    expect(await serve([web()])).toEqual(['runtime map, remove']);
  });

  it('takes a reload for what is around services', async () => {
    const [port = 0] = await freePorts(1);
    const binds = [site.port, port].map((port) => ({ address: '127.0.0.1', port }));
    expect(await serve([web()], { frontend: { binds, trustedProxies: [] } })).toEqual(['reload base']);
    expect(await serve([web()])).toEqual(['reload base']);
  });

  it('takes a reload for TLS and for other certificates', async () => {
    const [port = 0] = await freePorts(1);
    const withTls = (fingerprint: string): Partial<Configuration> => ({
      frontend: {
        binds: [{ address: '127.0.0.1', port: site.port }],
        trustedProxies: [],
        tls: {
          binds: [{ address: '127.0.0.1', port }],
          certificate: resolve('fixtures/haproxy/certificate.pem'),
          minVersion: 'TLSv1.2',
          fingerprint,
        },
      },
    });
    expect(await serve([web()], withTls('a1'))).toEqual(['reload tls']);
    expect(await serve([web()], withTls('b2'))).toEqual(['reload certificates']);
    expect(await serve([web()])).toEqual(['reload tls']);
  });

  it('takes a reload for a server more where a cookie tells servers apart, before HAProxy 3.0', async () => {
    expect(await serve([web({ sticky: 'S' })])).toEqual(['reload service_changed of web']);
    const isOld = Number(applier.haproxy().version?.split('.')[0]) < 3;
    expect(await serve([web({ sticky: 'S', ...both() })])).toEqual([
      isOld ? 'reload sticky_server of web' : 'runtime add of web',
    ]);
    expect(await serve([web({ sticky: 'S' })])).toEqual(['runtime remove of web']);
  });
});

it('tells how every server does', async () => {
  const [one = 0, two = 0] = echoes.map(({ port }) => port);
  const [closed = 0] = await freePorts(1);
  const at = (id: string, port: number, weight = 1) => ({ id, address: '127.0.0.1', port, weight });
  const checks = { interval: 50, fastInterval: 50, downInterval: 50, rise: 1, fall: 1 };
  await serve([
    web({ checkTimes: checks, servers: [at('up', one), at('zero', two, 0), at('gone', closed)] }),
  ]);
  await waitUntil('the checks', async () =>
    [...(await applier.servers()).values()].every(({ health }) => /^L4(OK|CON)$/.test(health)),
  );
  expect(await applier.servers()).toEqual(
    new Map([
      ['be_web/s_gone', { state: 'down', health: 'L4CON' }],
      ['be_web/s_up', { state: 'up', health: 'L4OK' }],
      ['be_web/s_zero', { state: 'drain', health: 'L4OK' }],
    ]),
  );
});
