import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Service } from '../../../src/haproxy/model.ts';
import { type AppliedSite, type Given, appliedSite } from '../../support/agent/applied-haproxy.ts';
import { type EchoServer, startEchoServer } from '../../support/http/echo-server.ts';
import { serversOf, service } from '../../support/haproxy/models.ts';
import { waitUntil } from '../../support/wait-until.ts';

let echoes: EchoServer[];
beforeAll(async () => {
  echoes = await Promise.all(['one', 'two', 'three'].map((name) => startEchoServer(name)));
});
afterAll(() => Promise.all(echoes.map((server) => server[Symbol.asyncDispose]())));

const web = (servers = serversOf(...echoes.slice(0, 2))): Service =>
  service('web', [{ host: 'a.example' }], { servers });
const weighted = (weight: number): Service =>
  web(serversOf(...echoes.slice(0, 2)).map((server) => ({ ...server, weight })));
const shop = (name = 'shop'): Service => service(name, [{ host: 'b.example' }]);

async function served(given: Given = {}) {
  const site = await appliedSite(given);
  const applier = await site.start();
  await site.serve([web()]);
  site.told.changes.splice(0);
  return { site, applier, [Symbol.asyncDispose]: () => site[Symbol.asyncDispose]() };
}

const told = ({ told }: AppliedSite): string[] => told.changes.map(({ how, reason }) => `${how} ${reason}`);

it('applies changes that come together once', async () => {
  await using it = await served({ apply: { debounceMs: 100, maxWaitMs: 60_000 } });
  for (let weight = 2; weight <= 50; weight += 1) it.applier.want(it.site.layoutOf([weighted(weight)]));
  expect(it.applier.applied().pending).toBe(true);
  await it.applier.settled();
  expect(told(it.site)).toEqual(['runtime weight']);
  expect((await it.site.states()).map(({ weight }) => weight)).toEqual([50, 50]);
});

it('does not wait for changes to end for longer than it may', async () => {
  await using it = await served({ apply: { debounceMs: 60_000, maxWaitMs: 100 } });
  let weight = 1;
  await waitUntil('a change', () => {
    weight += 1;
    it.applier.want(it.site.layoutOf([weighted(weight)]));
    return told(it.site).length > 0;
  });
  expect(told(it.site)).toContain('runtime weight');
});

it('lets commands go ahead of a reload that must wait', async () => {
  await using it = await served({ apply: { minReloadIntervalMs: 2_000 } });
  const { site, applier } = it;
  applier.want(site.layoutOf([weighted(7), shop()]));
  await waitUntil('the commands', () => told(site).length > 0);
  expect(told(site)).toEqual(['runtime weight']);
  expect((await site.states()).map(({ weight }) => weight)).toEqual([7, 7]);
  expect(applier.applied()).toMatchObject({ pending: true, how: 'runtime' });
  expect(await readFile(site.options.haproxy.config, 'utf8')).not.toContain('be_shop');
  await applier.settled();
  expect(told(site)).toEqual(['runtime weight', 'reload service_added']);
});
