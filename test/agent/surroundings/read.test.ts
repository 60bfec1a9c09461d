import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAgentConfig } from '../../../src/agent/config.ts';
import { localAddresses, readSurroundings } from '../../../src/agent/surroundings/read.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'surroundings-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const passwords = { PROM_PASSWD: 'one', STATS_PASSWD: 'two' };
const read = (keys: string, env: Record<string, string>, mayWrite = true) => {
  const text = `sources: { file: {} }\nhaproxy: { dir: ${folder}${keys} }`;
  return readSurroundings(readAgentConfig(text, 'agent.yaml', env).config, mayWrite);
};

describe('texts of the administrator', () => {
  it('are taken as they are', async () => {
    const [base, extra] = ['base.cfg', 'extra.cfg'].map((name) => path.join(folder, name));
    await writeFile(base ?? '', 'global\n');
    await writeFile(extra ?? '', 'backend x\n');
    const { around } = await read(`, base: ${base}, extra: ${extra}`, {});
    expect(around).toMatchObject({ base: 'global\n', extra: 'backend x\n', fingerprint: undefined });
  });

  it.each(['base', 'extra'])('that cannot be read are named by key and file: %s', async (key) => {
    await expect(read(`, ${key}: ${folder}/none.cfg`, {})).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
      message: expect.stringMatching(`haproxy.${key}: .*/none.cfg cannot be read: ENOENT`) as string,
    });
  });
});

describe('passwords', () => {
  it('are the same hashes each time, by a salt that nobody else may read', async () => {
    const listener = ', stats: { bind: ":8404", password: three }';
    const { around } = await read(listener, passwords);
    const { metrics, stats, listener: own } = around.hashes;
    const salt = await readFile(path.join(folder, 'password-salt'), 'utf8');
    for (const hash of [metrics, stats, own]) expect(hash?.startsWith(`$5$rounds=1000$${salt}$`)).toBe(true);
    expect(new Set([metrics, stats, own]).size).toBe(3);
    expect((await read(listener, passwords)).around.hashes).toEqual(around.hashes);
    expect((await stat(path.join(folder, 'password-salt'))).mode & 0o777).toBe(0o600);
  });

  it('need no salt where there are none, nor is one written where nothing may be', async () => {
    expect((await read('', {})).around.hashes).toEqual({});
    expect((await read('', passwords, false)).around.hashes.metrics).toMatch(/^\$5\$/);
    expect(await readdir(folder)).toEqual([]);
  });

  it('get a new salt where the kept one is damaged', async () => {
    await writeFile(path.join(folder, 'password-salt'), '$\n');
    await read('', passwords);
    expect(await readFile(path.join(folder, 'password-salt'), 'utf8')).toMatch(/^[./0-9A-Za-z]{16}$/);
  });

  it('of a listener that is not there are none', async () => {
    const { around } = await read(', stats: { password: three }', {});
    expect(around.hashes.listener).toBeUndefined();
  });
});

it('knows the addresses of this host', () => {
  const all = Object.values(networkInterfaces()).flatMap((one) => (one ?? []).map(({ address }) => address));
  expect([...localAddresses()].toSorted()).toEqual([...new Set(all)].toSorted());
});
