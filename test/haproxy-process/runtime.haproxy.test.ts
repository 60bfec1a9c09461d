import { rm } from 'node:fs/promises';
import { type Socket, connect, createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Service } from '../../src/haproxy/model.ts';
import { changesBetween } from '../../src/haproxy/running/changes.ts';
import { observe, runCommands, serverStates } from '../../src/haproxy-process/runtime.ts';
import { askOnce, withSession } from '../../src/haproxy-process/socket.ts';
import { Removals } from '../../src/haproxy-process/removals.ts';
import { type EchoServer, startEchoServer } from '../support/http/echo-server.ts';
import { serversOf, service } from '../support/haproxy/models.ts';
import { ask } from '../support/haproxy/requests.ts';
import { type RunningSite, startSite } from '../support/haproxy/running.ts';
import { startLoad } from '../support/http/load.ts';
import { waitUntil } from '../support/wait-until.ts';

let servers: EchoServer[];
beforeAll(async () => {
  servers = await Promise.all(['one', 'two', 'three'].map((name) => startEchoServer(name)));
});
afterAll(() => Promise.all(servers.map((server) => server[Symbol.asyncDispose]())));

const web = (...members: EchoServer[]): Service =>
  service('web', [{ host: 'a.example' }], { servers: serversOf(...members) });

const [one, two, three] = [0, 1, 2].map((at) => () => servers[at] as EchoServer) as [
  () => EchoServer,
  () => EchoServer,
  () => EchoServer,
];

const serverNames = async ({ socket }: RunningSite): Promise<string[]> =>
  (await serverStates(socket)).map(({ backend, server }) => `${backend}/${server}`).toSorted();

describe('under load', () => {
  it('moves a route back and forth and loses no request', async () => {
    const other = (hosts: string[]): Service =>
      service('other', [{ host: 'c.example' }, ...hosts.map((host) => ({ host }))], {
        servers: serversOf(three()),
      });
    const rest = service('web', [{ host: 'b.example' }], { servers: serversOf(one(), two()) });
    await using site = await startSite([{ ...rest, routes: [...rest.routes, ...web().routes] }, other([])]);
    const load = startLoad(site.port, 'a.example');
    for (let turn = 0; turn < 50; turn += 1) {
      const moved = await site.change([rest, other(['a.example'])]);
      expect(moved).toMatchObject({ reload: undefined, runtime: [{ kind: 'map' }] });
      await site.change([{ ...rest, routes: [...rest.routes, ...web().routes] }, other([])]);
    }
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(load.answers.get('three')).toBeGreaterThan(0);
  });
});

it('changes address and weight, and calls a server back that was on its way out', async () => {
  await using site = await startSite([web(one(), two())], { drainMs: 60_000 });
  const moved = {
    ...web(one(), two()),
    servers: [...serversOf(one()), { ...at(three()), id: 'two', weight: 7 }],
  };
  expect((await site.change([moved])).runtime.map(({ kind }) => kind)).toEqual(['address', 'weight']);
  const states = await serverStates(site.socket);
  expect(states.find(({ server }) => server === 's_two')).toMatchObject({
    endpoint: `127.0.0.1:${three().port}`,
    weight: 7,
  });
  await withSession(site.socket, (ask) => site.removals.begin(removal('s_two'), ask));
  await site.change([{ ...moved, servers: moved.servers.slice(0, 1) }]);
  await site.change([moved]);
  await waitUntil('the server', async () => {
    const [, state] = (await serverStates(site.socket)).toSorted((l, r) => (l.server < r.server ? -1 : 1));
    return state?.isOut === false && state.weight === 7;
  });
});

const at = ({ port }: EchoServer) => ({ address: '127.0.0.1', port });
const removal = (server: string) => ({ kind: 'remove', backend: 'be_web', server, options: '' }) as const;

it('lets a server end what it has begun, for as long as it may', async () => {
  const held = createServer((socket) => void socket.on('error', () => {})).listen(0, '127.0.0.1');
  await once(held, 'listening');
  const port = (held.address() as { port: number }).port;
  const slow = service('web', [{ host: 'a.example' }], {
    check: 'off',
    servers: [{ id: 'slow', address: '127.0.0.1', port }],
  });
  await using site = await startSite([slow], { drainMs: 1_500 });
  const asked = connect(site.port, '127.0.0.1');
  asked.write('GET / HTTP/1.1\r\nhost: a.example\r\n\r\n');
  const [begun] = (await once(held, 'connection')) as [Socket];
  await site.change([{ ...slow, servers: serversOf(one()) }]);
  await waitUntil(
    'the new server',
    async () => (await ask({ ports: { http: site.port }, host: 'a.example' })).status === 200,
  );
  expect(await serverNames(site)).toContain('be_web/s_slow');
  await waitUntil(
    'maintenance',
    async () =>
      (await askOnce(site.socket, 'show stat be_web 4 -1')).includes('be_web,s_slow,0,0,1,1,,1,') &&
      (await askOnce(site.socket, 'show stat be_web 4 -1')).includes('MAINT'),
  );
  begun.destroy();
  await waitUntil('the removal', async () => !(await serverNames(site)).includes('be_web/s_slow'));
  asked.destroy();
  held.close();
});

it('never writes to a map under a version that HAProxy did not give', async () => {
  await using site = await startSite([web(one())]);
  const wrong = {
    kind: 'map',
    file: join(site.folder, 'other.map'),
    entries: new Map([['a.example/', 'x/0/plain']]),
  } as const;
  await expect(runCommands(site.socket, [wrong], site.removals)).rejects.toMatchObject({
    code: 'UPSTREAM_REJECTED',
  });
  expect((await ask({ ports: { http: site.port }, host: 'a.example' })).status).toBe(200);
});

it('replaces a map of any size', async () => {
  await using site = await startSite([web(one())]);
  const hosts = Array.from({ length: 5_000 }, (_, number) => ({ host: `host-${number}.example.org` }));
  const many = service('web', [{ host: 'a.example' }, ...hosts], { servers: serversOf(one()) });
  expect((await site.change([many])).reload).toBeUndefined();
  for (const host of ['a.example', 'host-0.example.org', 'host-4999.example.org'])
    expect((await ask({ ports: { http: site.port }, host })).status).toBe(200);
  await site.change([web(one())]);
  expect((await ask({ ports: { http: site.port }, host: 'host-0.example.org' })).status).toBe(404);
});

it('serves on when its client is gone after any command, and the next client finishes the work', async () => {
  // Connections that are kept to servers would hold removals up.
  const parts = { own: { backend: ['option http-server-close'] } };
  await using site = await startSite([web(one(), two())], { drainMs: 0, parts });
  const routes = [{ host: 'a.example' }, { host: 'b.example' }];
  const wanted = site.layoutOf([service('web', routes, { servers: serversOf(one(), three()) })]);
  const begun = site.layoutOf([web(one(), two())]);
  const { runtime } = changesBetween(begun, wanted, site.version);
  for (let commands = 1; commands <= 9; commands += 1) {
    const relay = await startRelay(site.socket, join(site.folder, 'relay.sock'), commands);
    const removals = new Removals(relay.path, () => 0);
    await runCommands(relay.path, runtime, removals).catch(() => {});
    removals.clear();
    await relay.close();
    expect((await ask({ ports: { http: site.port }, host: 'a.example' })).status).toBe(200);
    for (const target of [wanted, begun]) {
      const found = await observe(site.socket, target);
      await runCommands(site.socket, changesBetween(found, target, site.version).runtime, site.removals);
      await waitUntil('removals', () => site.removals.size === 0);
      const after = await observe(site.socket, target);
      expect(after.map.entries).toEqual(target.map.entries);
      expect(after.backends).toEqual(target.backends);
    }
  }
});

/** A socket in front of HAProxy's that breaks after so many lines. */
async function startRelay(target: string, path: string, lines: number) {
  await rm(path, { force: true });
  const relay = createServer((client) => {
    const haproxy = connect(target);
    let left = lines;
    client.on('error', () => {}).on('close', () => haproxy.destroy());
    haproxy.on('error', () => {}).on('close', () => client.destroy());
    haproxy.on('data', (chunk) => client.write(chunk));
    client.on('data', (chunk) => {
      haproxy.write(chunk);
      left -= 1;
      if (left === 0) client.destroy();
    });
  }).listen(path);
  await once(relay, 'listening');
  return { path, close: () => once(relay.close(), 'close') };
}
