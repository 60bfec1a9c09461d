import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findProgram, installedAt, programs, requireProgram } from '../../src/local/binaries.ts';

describe('where a program is found', () => {
  let folder: string;
  let cache: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'binaries-'));
    cache = path.join(folder, 'cache');
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function executable(file: string, prints = ''): Promise<string> {
    const full = path.resolve(folder, file);
    await mkdir(path.dirname(full), { recursive: true });
    await writeFile(full, `#!/bin/sh\necho "${prints}"\n`);
    await chmod(full, 0o755);
    return full;
  }

  test('its variable wins over PATH, PATH over what set-up installed', async () => {
    const installed = await executable(installedAt(programs.consul, cache));
    const onPath = await executable('path/consul');
    const named = await executable('named');
    const PATH = `${path.join(folder, 'empty')}:${path.dirname(onPath)}`;
    const found = (environment: Record<string, string>) =>
      findProgram(programs.consul, { environment, cache, systemFolders: [] });
    expect(await found({ PATH, CONSUL_BIN: named })).toBe(named);
    expect(await found({ PATH })).toBe(onPath);
    expect(await found({})).toBe(installed);
  });

  test('a variable that names nothing executable is an error, never passed over', async () => {
    const places = { environment: { CONSUL_BIN: path.join(folder, 'missing') }, cache };
    await expect(findProgram(programs.consul, places)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  test('a HAProxy on PATH that is too old, or no HAProxy, is passed over', async () => {
    const found = (PATH: string) =>
      findProgram(programs.haproxy, { environment: { PATH }, cache, systemFolders: [] });
    const old = await executable('old/haproxy', 'HAProxy version 2.4.22 2023/02/14');
    const other = await executable('other/haproxy', 'hello');
    const current = await executable('current/haproxy', 'HAProxy version 3.0.11-1 2025/06/20');
    const folders = [old, other, current].map((file) => path.dirname(file));
    expect(await found(folders.join(':'))).toBe(current);
    expect(await found(folders.slice(0, 2).join(':'))).toBeUndefined();
  });

  test('folders and files without the right to run are no programs', async () => {
    await mkdir(path.join(folder, 'path/consul'), { recursive: true });
    const places = { environment: { PATH: path.join(folder, 'path') }, cache, systemFolders: [] };
    expect(await findProgram(programs.consul, places)).toBeUndefined();
    await expect(requireProgram(programs.consul, places)).rejects.toThrow(/CONSUL_BIN.*npm run setup/);
  });
});
