import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Server, Service } from '../../../src/haproxy/model.ts';
import { type AppliedSite, appliedSite } from '../../support/agent/applied-haproxy.ts';
import { type EchoServer, startEchoServer } from '../../support/http/echo-server.ts';
import { serversOf, service } from '../../support/haproxy/models.ts';
import { startLoad } from '../../support/http/load.ts';
import type { Life } from '../../support/agent/mortal-applier.ts';

let echoes: EchoServer[];
beforeAll(async () => {
  echoes = await Promise.all(['one', 'two', 'three'].map((name) => startEchoServer(name)));
});
afterAll(() => Promise.all(echoes.map((server) => server[Symbol.asyncDispose]())));

const web = (hosts: string[], servers: Server[]): Service =>
  service(
    'web',
    hosts.map((host) => ({ host })),
    { servers },
  );

/** An applier that is killed on its way to the last of these worlds, or when it is there. */
async function live(site: AppliedSite, worlds: readonly Service[][], steps?: number): Promise<void> {
  const life: Life = { options: site.options, port: site.port, worlds, steps };
  const args = ['--import', 'tsx', 'test/support/agent/mortal-applier.ts', JSON.stringify(life)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
  expect(signal).toBe('SIGKILL');
}

it('leaves a HAProxy that serves wherever it is killed, and the next one goes on from there', async () => {
  await using site = await appliedSite();
  const [one, two, three] = serversOf(...echoes) as [Server, Server, Server];
  const begun = [web(['a.example'], [one, two])];
  // Options of a server on its way out are known to nobody after a kill, so that it is not called back here.
  const next = (id: string) => web(['a.example', 'b.example'], [one, { ...three, id }]);
  await live(site, [begun]);
  const { reloads } = await site.processes();
  const load = startLoad(site.port, 'a.example');
  for (const steps of [5, 9, 13]) await live(site, [begun, [next(`after-${steps}`)]], steps);
  await live(site, [begun]);
  expect((await site.processes()).reloads).toBe(reloads);
  const more = service('more', [{ host: 'c.example' }], { servers: [two] });
  await live(site, [begun, [next('grown'), more]], 11);
  await site.start();
  await site.serve([next('last'), more]);
  const servers = (await site.states()).filter(({ isOut }) => !isOut);
  expect(servers.map(({ backend, server }) => `${backend}/${server}`).toSorted()).toEqual([
    'be_more/s_two',
    'be_web/s_last',
    'be_web/s_one',
  ]);
  for (const host of ['a.example', 'b.example', 'c.example']) expect(await site.status(host)).toBe(200);
  await load.stop();
  expect(load.failures).toEqual([]);
});
