import { once } from 'node:events';
import { type Socket, createServer as createTcpServer } from 'node:net';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Service } from '../../src/haproxy/model.ts';
import { configText } from '../../src/haproxy/running/layout.ts';
import { tryBinds } from '../../src/haproxy-process/binds.ts';
import { applyConfiguration } from '../../src/haproxy-process/config-file.ts';
import { processesAt, reloadByMaster } from '../../src/haproxy-process/reload.ts';
import { saveServerStates, serverStates } from '../../src/haproxy-process/runtime.ts';
import { Supervisor } from '../../src/haproxy-process/supervisor.ts';
import { freePorts } from '../../src/sandbox/free-ports.ts';
import { type EchoServer, startEchoServer } from '../support/http/echo-server.ts';
import { quickChecks, serversOf, service } from '../support/haproxy/models.ts';
import { ask } from '../support/haproxy/requests.ts';
import { scaledClock } from '../support/clock/scaled-clock.ts';
import { type RunningSite, startSite } from '../support/haproxy/running.ts';
import { startLoad } from '../support/http/load.ts';
import { waitUntil } from '../support/wait-until.ts';

let server: EchoServer;
beforeAll(async () => {
  server = await startEchoServer('one');
});
afterAll(() => server[Symbol.asyncDispose]());

const web = (parts: Partial<Service> = {}): Service =>
  service('web', [{ host: 'a.example' }], { servers: serversOf(server), ...parts });
const status = async ({ port }: RunningSite): Promise<number> =>
  (await ask({ ports: { http: port }, host: 'a.example' })).status;

describe('HAProxy', () => {
  it('is taken over where it runs already, and never started twice', async () => {
    await using site = await startSite([web()]);
    const { master } = await processesAt(site.masterSocket);
    const second = new Supervisor({
      bin: site.bin,
      file: site.file,
      beside: [],
      masterSocket: site.masterSocket,
      graceMs: 1_000,
      onOutput: () => {},
      onEnd: () => {},
      onRestart: () => {},
    });
    expect(await second.adopt()).toBe(true);
    expect(second.pid).toBe(master);
    await second.stop();
    await waitUntil('its end', () => site.supervisor.pid === undefined);
  });

  it('is started anew when it ends, with what it accepted last', async () => {
    await using site = await startSite([web()]);
    await writeFile(site.file, 'nonsense\n');
    process.kill(site.supervisor.pid ?? 0, 'SIGKILL');
    const workers = (await serverStates(site.socket).catch(() => [])).length;
    expect(workers).toBeLessThanOrEqual(1);
    await waitUntil('the restart', () => site.told.includes('restarted'));
    await waitUntil('an answer', async () => (await status(site)) === 200);
    expect(site.told).toContain('it ended with SIGKILL');
    expect(await readFile(site.file, 'utf8')).toBe(configText(site.layoutOf([web()])));
  });

  it('is ended by force where it hears nothing', async () => {
    await using site = await startSite([web()], {
      supervision: { graceMs: 1_000, clock: scaledClock(10) },
    });
    const { master, workers } = await processesAt(site.masterSocket);
    for (const pid of [master, ...workers]) process.kill(pid, 'SIGSTOP');
    await site.supervisor.stop();
    expect(site.told).not.toContain('restarted');
    await waitUntil('its end', async () => (await status(site).catch(() => 'gone')) === 'gone');
  });

  it('ends its last requests within the grace time when it is stopped', async () => {
    const held: Socket[] = [];
    const slow = createTcpServer((socket) => void held.push(socket.on('error', () => {}))).listen(
      0,
      '127.0.0.1',
    );
    await once(slow, 'listening');
    const { port } = slow.address() as { port: number };
    const site = await startSite(
      [web({ check: 'off', servers: [{ id: 'slow', address: '127.0.0.1', port }] })],
      {
        supervision: { graceMs: 20_000 },
      },
    );
    const answer = ask({ ports: { http: site.port }, host: 'a.example' });
    await waitUntil('the request', () => held.length > 0);
    const stopped = site[Symbol.asyncDispose]();
    await waitUntil(
      'closed doors',
      async () => !(await ask({ ports: { http: site.port }, host: 'x' }).catch(() => false)),
    );
    held[0]?.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
    expect((await answer).status).toBe(200);
    await stopped;
    slow.close();
  });

  it('is ended by force when the grace time is over', async () => {
    const held: Socket[] = [];
    const slow = createTcpServer((socket) => void held.push(socket.on('error', () => {}))).listen(
      0,
      '127.0.0.1',
    );
    await once(slow, 'listening');
    const { port } = slow.address() as { port: number };
    const site = await startSite(
      [web({ check: 'off', servers: [{ id: 'slow', address: '127.0.0.1', port }] })],
      {
        supervision: { graceMs: 300 },
      },
    );
    const answer = ask({ ports: { http: site.port }, host: 'a.example' }).catch(() => 'cut');
    await waitUntil('the request', () => held.length > 0);
    await site[Symbol.asyncDispose]();
    await answer;
    expect(site.supervisor.pid).toBeUndefined();
    slow.close();
  });
});

describe('a configuration that HAProxy does not take', () => {
  it('changes nothing on disk or in what is served, while requests go on', async () => {
    await using site = await startSite([web()]);
    const load = startLoad(site.port, 'a.example');
    const before = site.layoutOf([web()]);
    const wrong = web({ snippet: ['http-request nonsense'] });
    const routes = service('more', [{ host: 'b.example' }]);
    await expect(site.change([wrong, routes])).rejects.toMatchObject({
      code: 'CHECK_FAILED',
      message: expect.stringContaining('(of the service web)') as string,
    });
    expect(await readFile(site.file, 'utf8')).toBe(configText(before));
    expect(await readFile(before.map.file, 'utf8')).toBe('a.example/ be_web/0/plain\n');
    await load.stop();
    expect(load.failures).toEqual([]);
  });

  it('is put back with its map when the reload fails, and the next good one is taken', async () => {
    await using site = await startSite([web()]);
    const load = startLoad(site.port, 'a.example');
    const before = site.layoutOf([web()]);
    const wanted = site.layoutOf([web(), service('more', [{ host: 'b.example' }])]);
    const breaking = async (): Promise<void> => {
      await writeFile(site.file, 'nonsense\n');
      await reloadByMaster(site.masterSocket);
    };
    await expect(
      applyConfiguration(
        { file: site.file, bin: site.bin, reload: breaking },
        configText(wanted),
        site.filesBeside(wanted),
      ),
    ).rejects.toMatchObject({ code: 'RELOAD_FAILED' });
    expect(await readFile(site.file, 'utf8')).toBe(configText(before));
    expect(await readFile(before.map.file, 'utf8')).toBe('a.example/ be_web/0/plain\n');
    await site.reload([web(), service('more', [{ host: 'b.example' }])]);
    expect((await processesAt(site.masterSocket)).failures).toBe(0);
    await load.stop();
    expect(load.failures).toEqual([]);
  });

  it('is found out before the reload where a port is taken', async () => {
    await using site = await startSite([web()]);
    const { port: taken } = server;
    const [free = 0] = await freePorts(1);
    const running = [{ address: '', port: site.port }];
    const on = (port: number) => [...running, { address: '127.0.0.1', port }];
    await expect(tryBinds(on(taken), running)).rejects.toMatchObject({
      code: 'CHECK_FAILED',
      message: expect.stringContaining(`127.0.0.1:${taken}`) as string,
    });
    await expect(tryBinds([{ address: '192.0.2.1', port: free }], [])).rejects.toMatchObject({
      code: 'CHECK_FAILED',
    });
    await tryBinds(on(free), running);
    await tryBinds([{ address: '127.0.0.1', port: site.port }], running);
    await expect(
      tryBinds([{ address: '192.0.2.1', port: site.port }], [{ address: '127.0.0.1', port: site.port }]),
    ).rejects.toMatchObject({ code: 'CHECK_FAILED' });
  });
});

it('knows after a reload which servers are down, and believes the file in all else', async () => {
  const [closed = 0] = await freePorts(1);
  const servers = [...serversOf(server), { id: 'gone', address: '127.0.0.1', port: closed, weight: 5 }];
  const slow = { ...quickChecks, checks: { ...quickChecks.checks, interval: 60_000, downInterval: 60_000 } };
  await using site = await startSite([web({ servers })], { parts: { defaults: slow } });
  const state = async (id: string) =>
    (await serverStates(site.socket)).find(({ server }) => server === `s_${id}`);
  await waitUntil('the check', async () => (await state('gone'))?.isUp === false);
  const weighted = servers.map((server) => ({ ...server, weight: 9 }));
  await site.reload([web({ servers: weighted, timeout: 1000 })]);
  expect(await state('gone')).toMatchObject({ isUp: false, isOut: false, weight: 9 });
  expect(await state('one')).toMatchObject({ isUp: true, weight: 9 });
  await saveServerStates(`${site.folder}/other`, await serverStates(site.socket), site.layoutOf([web()]));
  expect((await readFile(`${site.folder}/other`, 'utf8')).split('\n')).toHaveLength(3);
  await rm(`${site.folder}/other`);
});
