import { once } from 'node:events';
import { mkdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { type Socket, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messageOf } from '../../../src/core/errors.ts';
import type { Configuration, Service } from '../../../src/haproxy/model.ts';
import { configText } from '../../../src/haproxy/running/layout.ts';
import { withSession } from '../../../src/haproxy-process/socket.ts';
import { freePorts } from '../../../src/sandbox/free-ports.ts';
import { type AppliedSite, type Given, appliedSite, workerAt } from '../../support/agent/applied-haproxy.ts';
import { type EchoServer, startEchoServer } from '../../support/http/echo-server.ts';
import { serversOf, service } from '../../support/haproxy/models.ts';
import { ask } from '../../support/haproxy/requests.ts';
import { startLoad } from '../../support/http/load.ts';
import { waitUntil } from '../../support/wait-until.ts';

let echoes: EchoServer[];
beforeAll(async () => {
  echoes = await Promise.all(['one', 'two', 'three'].map((name) => startEchoServer(name)));
});
afterAll(() => Promise.all(echoes.map((server) => server[Symbol.asyncDispose]())));

const web = (servers = 2, parts: Partial<Service> = {}): Service =>
  service('web', [{ host: 'a.example' }], { servers: serversOf(...echoes.slice(0, servers)), ...parts });
const shop = service('shop', [{ host: 'b.example' }]);

/** A HAProxy that serves `web`, and its applier. */
async function served(given: Given = {}, services = [web()]) {
  const site = await appliedSite(given);
  const applier = await site.start();
  await site.serve(services);
  site.told.changes.splice(0);
  return { site, applier, [Symbol.asyncDispose]: () => site[Symbol.asyncDispose]() };
}

const told = ({ told }: AppliedSite): string[] => told.changes.map(({ how, reason }) => `${how} ${reason}`);
const shown = ({ options }: AppliedSite): Promise<string> => readFile(options.haproxy.config, 'utf8');
/** Whether servers are there, out of service or not. */
const outOf = async (site: AppliedSite): Promise<string[]> =>
  (await site.states()).map(({ server, isOut }) => `${server} ${isOut}`).toSorted();

describe('a configuration that HAProxy refuses', () => {
  it('is told with its service, and leaves the rest to be changed until it is mended', async () => {
    await using it = await served();
    const { site, applier } = it;
    const load = startLoad(site.port, 'a.example');
    const worker = await workerAt(site.options.haproxy.socket);
    const wrong = service('shop', shop.routes, { snippet: ['http-request nonsense'] });
    const [change] = await site.serve([web(), wrong]);
    expect(change).toMatchObject({ how: 'rejected', reason: 'service_added', service: 'shop' });
    expect(change?.detail).toContain('(of the service shop)');
    expect(applier.applied()).toMatchObject({ pending: true, rejected: { error: change?.detail } });
    expect(await shown(site)).toBe(configText(site.layoutOf([web()])));
    await site.serve([web(3), wrong]);
    expect(told(site)).toEqual(['rejected service_added', 'runtime add']);
    expect(await shown(site)).toBe(configText(site.layoutOf([web(3)])));
    expect(await workerAt(site.options.haproxy.socket)).toBe(worker);
    await site.serve([web(3), shop]);
    expect(applier.applied()).toMatchObject({ pending: false, rejected: undefined, how: 'reload' });
    await load.stop();
    expect(load.failures).toEqual([]);
  });

  it('keeps a HAProxy from being started until it is mended', async () => {
    await using site = await appliedSite();
    const applier = await site.start();
    await site.serve([web(2, { snippet: ['http-request nonsense'] })]);
    expect(told(site)).toEqual(['rejected start']);
    expect(applier.haproxy().state).toBe('starting');
    expect(applier.applied()).toMatchObject({ revision: undefined, pending: true });
    await site.serve([web()]);
    expect(told(site).slice(1)).toEqual(['reload start']);
    expect(await site.status('a.example')).toBe(200);
  });

  it('is one whose port is taken, or whose folder is not there', async () => {
    await using it = await served();
    const { site } = it;
    const on = (port: number): Partial<Configuration> => ({
      frontend: {
        binds: [site.port, port].map((port) => ({ address: '127.0.0.1', port })),
        trustedProxies: [],
      },
    });
    const taken = echoes[0]?.port ?? 0;
    expect((await site.serve([web()], on(taken)))[0]?.detail).toContain(`127.0.0.1:${taken}`);
    const base = 'global\n    chroot /nowhere/at/all\ndefaults\n    mode http\n    timeout connect 1s\n';
    const own = { base: `${base}    timeout client 1s\n    timeout server 1s` };
    expect((await site.serve([web()], { own }))[0]).toMatchObject({ how: 'rejected', reason: 'base' });
    expect(await site.status('a.example')).toBe(200);
  });

  it('never shows the hash of a password', async () => {
    await using it = await served();
    const hash = '$5$rounds=1000$saltsalt$0123456789abcdef';
    const extra = `userlist users\n    user one passwort ${hash}`;
    await it.site.serve([web()], { own: { extra } });
    expect(it.applier.applied().rejected?.error).toContain("'user' only supports");
    expect(JSON.stringify([it.site.told, it.applier.applied()])).not.toContain('0123456789abcdef');
  });
});

/** A port that nothing finds taken before HAProxy does. */
const rangeOn = (port: number): Partial<Configuration> => ({
  own: { extra: `frontend other\n    mode http\n    bind 127.0.0.1:${port}-${port}` },
});

it('puts back what a reload fails with, and tries again until it succeeds', async () => {
  await using it = await served();
  const { site } = it;
  const [port = 0] = await freePorts(1);
  const holder = createServer().listen(port, '127.0.0.1');
  await once(holder, 'listening');
  it.applier.want(site.layoutOf([web(3)], rangeOn(port)));
  await waitUntil('the rollback', () => told(site).includes('rollback rollback'));
  await waitUntil('the rest', async () => (await outOf(site)).length === 3);
  expect(site.told.failures[0]).toMatchObject({ code: 'RELOAD_FAILED' });
  expect(await shown(site)).toBe(configText(site.layoutOf([web(3)])));
  expect((await site.processes()).failures).toBe(0);
  expect(it.applier.applied()).toMatchObject({ pending: true });
  holder.close();
  await it.applier.settled();
  expect(await shown(site)).toBe(configText(site.layoutOf([web(3)], rangeOn(port))));
  expect(await site.status('a.example')).toBe(200);
});

it('tries to write again where a file cannot be written', async () => {
  await using it = await served();
  const { site } = it;
  const { config } = site.options.haproxy;
  await rename(`${config}.in-use`, `${config}.aside`);
  await mkdir(`${config}.in-use/folder`, { recursive: true });
  it.applier.want(site.layoutOf([web(3)]));
  await waitUntil('the failure', () => site.told.failures.length > 0);
  expect(site.told.failures[0]).toMatchObject({ code: 'CONFIG_INVALID' });
  expect(told(site)).toEqual([]);
  await rmdir(`${config}.in-use/folder`);
  await rmdir(`${config}.in-use`);
  await it.applier.settled();
  expect(told(site)).toEqual(['runtime add']);
});

describe('what somebody else does to HAProxy', () => {
  const byHand = (site: AppliedSite, ...lines: string[]): Promise<void> =>
    withSession(site.options.haproxy.socket, async (ask) => {
      for (const line of lines) await ask(line);
    });

  it('is found when a command is refused, and mended', async () => {
    await using it = await served();
    const { site } = it;
    await byHand(site, 'set server be_web/s_two state maint', 'del server be_web/s_two');
    const weighted = serversOf(...echoes.slice(0, 2)).map((server) => ({ ...server, weight: 5 }));
    await site.serve([web(2, { servers: weighted })]);
    expect(told(site)).toEqual(['runtime add']);
    expect(await outOf(site)).toEqual(['s_one false', 's_two false']);
  });

  it('is found by looking, and mended without a reload', async () => {
    await using it = await served({ apply: { resyncMs: 50 } });
    const { site } = it;
    const worker = await workerAt(site.options.haproxy.socket);
    await byHand(site, 'set server be_web/s_two state maint', `clear map ${site.layoutOf([]).map.file}`);
    await waitUntil('the servers', () => told(site).length > 0);
    await waitUntil('the route', async () => (await site.status('a.example')) === 200);
    expect(await outOf(site)).toEqual(['s_one false', 's_two false']);
    expect(await workerAt(site.options.haproxy.socket)).toBe(worker);
  });

  it('is taken as it is where it changes nothing', async () => {
    await using it = await served({ apply: { resyncMs: 50 } });
    const { site } = it;
    const worker = await workerAt(site.options.haproxy.socket);
    process.kill((await site.processes()).master, 'SIGUSR2');
    await waitUntil('the reload', async () => (await workerAt(site.options.haproxy.socket)) !== worker);
    const { reloads } = await waitUntil('the master', () => site.processes());
    await waitUntil('a look', () => it.applier.haproxy().reloads === reloads);
    await site.serve([web(3)]);
    expect(told(site)).toEqual(['runtime add']);
    expect((await site.processes()).reloads).toBe(reloads);
  });
});

it('reloads where a command is refused twice', async () => {
  const held: Socket[] = [];
  const slow = createServer((socket) => void held.push(socket.on('error', () => {}))).listen(0, '127.0.0.1');
  await once(slow, 'listening');
  const { port } = slow.address() as { port: number };
  const busy = (maxconn: number) => [{ id: 'busy', address: '127.0.0.1', port, maxconn }];
  await using it = await served({ apply: { drainMs: 60_000 } }, [web(0, { check: 'off', servers: busy(5) })]);
  const { site } = it;
  const asked = ask({ ports: { http: site.port }, host: 'a.example' }).catch(() => undefined);
  await waitUntil('the request', () => held.length > 0);
  await site.serve([web(1, { check: 'off' })]);
  await site.serve([web(0, { check: 'off', servers: busy(6) })]);
  expect(told(site)).toContain('reload service_changed');
  expect(await shown(site)).toBe(configText(site.layoutOf([web(0, { check: 'off', servers: busy(6) })])));
  for (const socket of held) socket.destroy();
  slow.close();
  await asked;
});

it('starts HAProxy anew with what it accepted last when it ends', async () => {
  await using it = await served();
  const { site } = it;
  const { master, workers } = await site.processes();
  process.kill(master, 'SIGKILL');
  await waitUntil('the end', () => it.applier.haproxy().state !== 'up');
  await waitUntil('the restart', () => told(site).includes('reload haproxy_restarted'));
  expect(site.told.failures).toEqual([expect.objectContaining({ code: 'UPSTREAM_UNAVAILABLE' })]);
  expect((await site.processes()).workers).not.toEqual(workers);
  expect(await site.status('a.example')).toBe(200);
  await site.serve([web(3)]);
  expect(told(site)).toEqual(['reload haproxy_restarted', 'runtime add']);
});

it('is told once of a socket that somebody removed, while requests go on', async () => {
  await using it = await served({ apply: { resyncMs: 50 } });
  const { site, applier } = it;
  const { masterSocket } = site.options.haproxy;
  await rm(masterSocket);
  await waitUntil('a word', () => site.told.failures.length > 0);
  await waitUntil('another look', () => applier.haproxy().state === 'down');
  expect(site.told.failures.map(messageOf)).toEqual([
    expect.stringContaining(`HAProxy does not answer at ${masterSocket}`),
  ]);
  expect(await site.status('a.example')).toBe(200);
});
