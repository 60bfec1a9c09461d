import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Service } from '../../../src/haproxy/model.ts';
import { appliedSite } from '../../support/agent/applied-haproxy.ts';
import { type EchoServer, startEchoServer } from '../../support/http/echo-server.ts';
import { serversOf, service } from '../../support/haproxy/models.ts';
import { startLoad } from '../../support/http/load.ts';
import { waitUntil } from '../../support/wait-until.ts';

let echoes: EchoServer[];
beforeAll(async () => {
  echoes = await Promise.all(['one', 'two', 'three'].map((name) => startEchoServer(name)));
});
afterAll(() => Promise.all(echoes.map((server) => server[Symbol.asyncDispose]())));

const steady = () => serversOf(...echoes.slice(0, 2));
const web = (servers = steady()): Service => service('web', [{ host: 'a.example' }], { servers });

it('adds and removes a server 100 times, and reloads 20 times, and loses no request', async () => {
  await using site = await appliedSite();
  await site.start();
  await site.serve([web()]);
  const load = startLoad(site.port, 'a.example', 2);
  for (let turn = 0; turn < 100; turn += 1) {
    const three = { id: `turn-${turn}`, address: '127.0.0.1', port: echoes[2]?.port ?? 0 };
    const before = load.answers.get('three') ?? 0;
    await site.serve([web([...steady(), three])]);
    await waitUntil('the new server', () => (load.answers.get('three') ?? 0) > before);
    await site.serve([web()]);
  }
  expect((await site.processes()).reloads).toBe(0);
  for (let turn = 0; turn < 20; turn += 1)
    await site.serve([web(), service(`shop-${turn}`, [{ host: 'b.example' }])]);
  expect((await site.processes()).reloads).toBe(20);
  await load.stop();
  expect(load.failures).toEqual([]);
});
