import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Service } from '../../../src/haproxy/model.ts';
import { type AppliedSite, appliedSite } from '../../support/applied-haproxy.ts';
import { type EchoServer, startEchoServer } from '../../support/echo-server.ts';
import { serversOf, service } from '../../support/haproxy-models.ts';
import { startLoad } from '../../support/load.ts';
import type { Life } from '../../support/mortal-applier.ts';

let echoes: EchoServer[];
beforeAll(async () => {
  echoes = await Promise.all(['one', 'two', 'three'].map((name) => startEchoServer(name)));
});
afterAll(() => Promise.all(echoes.map((server) => server[Symbol.asyncDispose]())));

const web = (hosts: string[], ...members: number[]): Service => {
  const routes = hosts.map((host) => ({ host }));
  return service('web', routes, { servers: serversOf(...echoes.filter((_, at) => members.includes(at))) });
};

/** An applier that is killed on its way to the last of these worlds, or when it is there; what it told until then. */
async function live(site: AppliedSite, worlds: readonly Service[][], steps?: number): Promise<string[]> {
  const life: Life = { options: site.options, port: site.port, worlds, steps };
  const args = ['--import', 'tsx', 'test/support/mortal-applier.ts', JSON.stringify(life)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const said = text(child.stdout);
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
  expect(signal).toBe('SIGKILL');
  child.stdout.destroy();
  return (await said.catch(() => '')).split('\n').filter(Boolean);
}

it('leaves a HAProxy that serves wherever it is killed, and the next one goes on from there', async () => {
  await using site = await appliedSite();
  const one = [web(['a.example'], 0, 1)];
  const other = [web(['a.example', 'b.example'], 0, 2)];
  await live(site, [one]);
  const { reloads } = await site.processes();
  const load = startLoad(site.port, 'a.example');
  for (const steps of [4, 7, 10, 13, 16]) await live(site, [one, other], steps);
  expect(await live(site, [one])).not.toContain('reload service_changed');
  expect((await site.processes()).reloads).toBe(reloads);
  const more = [...other, service('more', [{ host: 'c.example' }], { servers: serversOf(...echoes) })];
  for (const steps of [5, 11]) await live(site, [one, more], steps);
  await site.start();
  await site.serve(more);
  const servers = new Set((await site.states()).map(({ backend, server }) => `${backend}/${server}`));
  expect(servers.has('be_web/s_three') && servers.has('be_more/s_two')).toBe(true);
  for (const host of ['a.example', 'b.example', 'c.example']) expect(await site.status(host)).toBe(200);
  await load.stop();
  expect(load.failures).toEqual([]);
});
