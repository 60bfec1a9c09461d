import { readFile, stat, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { configText } from '../../../src/haproxy/running/layout.ts';
import { holdFolder } from '../../../src/agent/apply/folder.ts';
import { lastGoodOf } from '../../../src/haproxy-process/config-file.ts';
import { type AppliedSite, appliedSite } from '../../support/agent/applied-haproxy.ts';
import { service } from '../../support/haproxy/models.ts';

const web = (...ports: number[]) =>
  service('web', [{ host: 'a.example' }], {
    check: 'off',
    servers: ports.map((port) => ({ id: `on-${port}`, address: '127.0.0.1', port })),
  });
const told = ({ told }: AppliedSite): string[] => told.changes.map(({ how, reason }) => `${how} ${reason}`);

it('ends HAProxy when it is told to, and leaves its files', async () => {
  await using other = await appliedSite();
  const applier = await other.start();
  await other.serve([web(9)]);
  await applier.stop();
  await expect(other.processes()).rejects.toMatchObject({ code: 'RELOAD_FAILED' });
  expect(await readFile(other.options.haproxy.config, 'utf8')).toBe(configText(other.layoutOf([web(9)])));
  expect(await applier.answers()).toBe(false);
  expect(await applier.servers()).toEqual(new Map());
});

it('starts HAProxy with what it accepted last, before anything is wanted', async () => {
  await using site = await appliedSite();
  const first = await site.start();
  await site.serve([web(8, 9)]);
  const { revision } = first.applied();
  await first.stop();
  site.told.changes.splice(0);
  await writeFile(site.options.haproxy.config, 'nonsense\n');
  const second = await site.start();
  expect(told(site)).toEqual(['reload start']);
  expect(second.haproxy().state).toBe('up');
  expect(second.applied()).toMatchObject({ revision, how: 'adopted' });
  expect(await site.status('x.example')).toBe(404);
  expect(await site.serve([web(8, 9)])).toEqual([]);
  expect(await site.serve([web(8)])).toMatchObject([{ how: 'runtime', reason: 'remove' }]);
});

it('starts HAProxy with what is wanted where it does not start with what it accepted last', async () => {
  await using site = await appliedSite();
  const first = await site.start();
  await site.serve([web(9)]);
  await first.stop();
  site.told.changes.splice(0);
  await writeFile(lastGoodOf(site.options.haproxy.config), 'nonsense\n');
  const second = await site.start();
  expect(second.haproxy().state).toBe('down');
  expect(site.told.failures.length).toBeGreaterThan(0);
  await site.serve([web(9)]);
  expect(told(site)).toEqual(['reload start']);
  expect(await site.status('x.example')).toBe(404);
  expect(second.haproxy().state).toBe('up');
});

it('says what is missing before anything is started', async () => {
  await using without = await appliedSite({ haproxy: { bin: '/nowhere/haproxy' } });
  await expect(without.start()).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

it('makes a folder that nobody else reads, and says where it cannot', async () => {
  await using site = await appliedSite();
  const { dir } = site.options.haproxy;
  await writeFile(`${dir}/file`, '');
  await expect(holdFolder(`${dir}/file/dir`)).rejects.toMatchObject({ code: 'FOLDER_UNUSABLE' });
  await using _held = await holdFolder(`${dir}/a/b`);
  expect((await stat(`${dir}/a/b`)).mode & 0o777).toBe(0o700);
});
