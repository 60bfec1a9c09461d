import { afterAll, beforeAll, expect, it } from 'vitest';
import { processesAt } from '../../../src/haproxy-process/reload.ts';
import { buildAgent } from '../../support/agent/process.ts';
import { type EchoServer, startEchoServer } from '../../support/http/echo-server.ts';
import { showsWeb, useFileSite } from '../../support/agent/file-site.ts';
import type { BuiltProgram } from '../../support/program-process.ts';
import { useBrowser } from '../../support/page/page.ts';

const open = useBrowser();
let built: BuiltProgram;
let one: EchoServer;
let two: EchoServer;

beforeAll(async () => {
  built = await buildAgent();
  one = await startEchoServer('one');
  two = await startEchoServer('two');
});
afterAll(async () => {
  await one[Symbol.asyncDispose]();
  await two[Symbol.asyncDispose]();
  await built.remove();
});

it('shows what an agent does while it does it, and what is wrong with HAProxy and the configuration', async () => {
  const site = await useFileSite(built, one);
  const often = `${site.source}apply: { resync: 1s }\n`;
  await site.write(often);
  const agent = site.start();
  await showsWeb(agent);
  const { page, faults } = await open(`http://127.0.0.1:${site.ports.admin}`);
  const web = page.getByRole('listitem').filter({ hasText: 'web.example.com' });
  await expect.poll(() => web.innerText()).toContain('1 up');
  await site.serve(one, two);
  await expect.poll(() => web.innerText()).toContain('2 up');

  await site.write(`${often}services: { web: { snippet: ["no such keyword"] } }\n`);
  agent.child.kill('SIGHUP');
  const banners = page.locator('#banners');
  await expect
    .poll(() => banners.innerText())
    .toMatch(/A configuration was rejected[^]*HAProxy refuses[^]*such/);
  await site.write(often);
  agent.child.kill('SIGHUP');
  await expect.poll(() => banners.innerText()).toBe('');

  const { master, workers } = await processesAt(`${site.state}/master.sock`);
  for (const pid of [master, ...workers]) process.kill(pid, 'SIGKILL');
  await expect.poll(() => banners.innerText()).toContain('HAProxy is down');
  await expect.poll(() => banners.innerText()).toBe('');

  agent.child.kill('SIGTERM');
  expect(await agent.ended).toBe(0);
  await expect.poll(() => banners.innerText()).not.toBe('');
  expect(faults).toEqual([]);
});
