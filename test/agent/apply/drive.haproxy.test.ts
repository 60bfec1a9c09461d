import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Applier } from '../../../src/agent/apply/api.ts';
import { messageOf } from '../../../src/core/errors.ts';
import { standaloneLayout } from '../../../src/haproxy/running/standalone.ts';
import { configText } from '../../../src/haproxy/running/layout.ts';
import { processesAt } from '../../../src/haproxy-process/reload.ts';
import { type AppliedSite, appliedSite } from '../../support/agent/applied-haproxy.ts';
import { service } from '../../support/haproxy/models.ts';
import { waitUntil } from '../../support/wait-until.ts';

const web = (...ports: number[]) =>
  service('web', [{ host: 'a.example' }], {
    check: 'off',
    servers: ports.map((port) => ({ id: `on-${port}`, address: '127.0.0.1', port })),
  });

/** What somebody else's HAProxy runs. */
const theirs = (port: number, status = 200): string => `defaults
    mode http
    timeout connect 1s
    timeout client 10s
    timeout server 10s
frontend fe
    bind 127.0.0.1:${port}
    http-request return status ${status}
`;

/** Starts HAProxy as somebody else would, and ends it with the test. */
async function startTheirs({ options: { haproxy } }: AppliedSite): Promise<ChildProcess> {
  const { bin, config, masterSocket } = haproxy;
  const child = spawn(bin, ['-W', '-S', masterSocket, '-f', config], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGTERM'));
  await waitUntil('the master', () => processesAt(masterSocket));
  return child;
}

const told = ({ told }: AppliedSite): string[] => told.changes.map(({ how, reason }) => `${how} ${reason}`);

it("replaces another's file by a reload, and neither starts nor stops HAProxy", async () => {
  await using site = await appliedSite({ haproxy: { mode: 'drive' } });
  const { config } = site.options.haproxy;
  await writeFile(config, theirs(site.port));
  const { pid } = await startTheirs(site);
  const applier = await site.start();
  expect(applier.applied()).toMatchObject({ revision: undefined, how: undefined });
  expect(await site.status('a.example')).toBe(200);
  expect(await readFile(config, 'utf8')).toBe(theirs(site.port));
  await site.serve([web(9)]);
  expect(told(site)).toEqual(['reload start']);
  expect(await site.status('x.example')).toBe(404);
  expect(applier.haproxy()).toMatchObject({ state: 'up', mode: 'drive', pid, reloads: 1 });
  await applier.stop();
  expect((await site.processes()).master).toBe(pid);
});

it('goes on with what an earlier applier has left, without a reload', async () => {
  await using site = await appliedSite({ haproxy: { mode: 'drive' } });
  await writeFile(site.options.haproxy.config, theirs(site.port));
  await startTheirs(site);
  const first = await site.start();
  await site.serve([web(8, 9)]);
  const { revision } = first.applied();
  await first.stop();
  const second = await site.start();
  expect(second.applied()).toMatchObject({ revision, how: 'adopted' });
  expect(await site.serve([web(8, 9)])).toEqual([]);
  expect(await site.serve([web(8)])).toMatchObject([{ how: 'runtime', reason: 'remove' }]);
  expect((await site.processes()).reloads).toBe(1);
});

it('reloads where an earlier applier was killed between a file and its reload', async () => {
  await using site = await appliedSite({ haproxy: { mode: 'drive' } });
  const { config } = site.options.haproxy;
  await writeFile(config, theirs(site.port));
  await startTheirs(site);
  const first = await site.start();
  await site.serve([web(9)]);
  await first.stop();
  site.told.changes.splice(0);
  const more = [web(9), service('shop', [{ host: 'b.example' }])];
  await writeFile(config, configText(site.layoutOf(more)));
  await site.start();
  await site.serve(more);
  expect(told(site)).toEqual(['reload start']);
  expect(await site.status('b.example')).toBe(503);
});

it('hides a file that everybody could read, and leaves it to its owner and group', async () => {
  await using site = await appliedSite({ haproxy: { mode: 'drive' } });
  const { config } = site.options.haproxy;
  await writeFile(config, theirs(site.port), { mode: 0o644 });
  await startTheirs(site);
  await site.start();
  await site.serve([web(9)]);
  expect((await stat(config)).mode & 0o777).toBe(0o640);
});

it('waits for a HAProxy that is away', async () => {
  await using site = await appliedSite({ haproxy: { mode: 'drive' } });
  await writeFile(site.options.haproxy.config, theirs(site.port));
  const applier = await site.start();
  applier.want(site.layoutOf([web(9)]));
  await waitUntil('a look', () => applier.haproxy().state === 'down');
  expect(applier.applied().pending).toBe(true);
  await waitUntil('a word', () => site.told.failures.length > 0);
  expect(messageOf(site.told.failures[0])).toContain(site.options.haproxy.masterSocket);
  const child = await startTheirs(site);
  await applier.settled();
  expect(applier.haproxy().state).toBe('up');
  child.kill('SIGTERM');
  await waitUntil('its end', async () => !(await applier.answers()));
  applier.want(site.layoutOf([web(8, 9)]));
  await startTheirs(site);
  await waitUntil('the servers', async () => (await site.states()).length === 2);
  expect(await site.processes()).toMatchObject({ reloads: 0 });
});

it('keeps a file of somebody else at what is wanted, reload by reload', async () => {
  await using site = await appliedSite();
  const { socket, dir } = site.options.haproxy;
  const layout = (status: number) =>
    standaloneLayout(theirs(site.port, status), socket, join(dir, 'routes.map'));
  const applier = await site.start();
  const apply = async (given: Parameters<Applier['want']>[0]): Promise<string[]> => {
    site.told.changes.splice(0);
    applier.want(given);
    await applier.settled();
    return told(site);
  };
  expect(await apply(layout(200))).toEqual(['reload start']);
  expect(await apply(layout(200))).toEqual([]);
  expect(await apply(layout(403))).toEqual(['reload base']);
  expect(await site.status('a.example')).toBe(403);
  expect(await readFile(site.options.haproxy.config, 'utf8')).toBe(configText(layout(403)));
  expect(await apply(site.layoutOf([web(9)]))).toEqual(['reload base']);
  expect(await site.status('x.example')).toBe(404);
  expect(await apply(standaloneLayout('nonsense', socket, join(dir, 'routes.map')))).toEqual([
    'rejected base',
  ]);
  expect(await site.states()).toHaveLength(1);
  expect(await site.status('x.example')).toBe(404);
});
