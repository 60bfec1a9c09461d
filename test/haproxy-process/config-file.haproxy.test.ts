import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, lstat, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { applyConfiguration, lastGoodOf, textInUse } from '../../src/haproxy-process/config-file.ts';
import { reloadByCommand, reloadByMaster } from '../../src/haproxy-process/reload.ts';
import { freePorts } from '../../src/sandbox/free-ports.ts';
import { haproxyBinary } from '../support/haproxy-server.ts';
import { waitUntil } from '../support/wait-until.ts';

let bin: string;
let folder: string;
let file: string;
let socket: string;
let port: number;

beforeAll(async () => {
  bin = await haproxyBinary();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'config-file-'));
  file = join(folder, 'haproxy.cfg');
  socket = join(folder, 'master.sock');
  [port = 0] = await freePorts(1);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A configuration whose every answer is `word`. */
const saying = (word: string): string =>
  `defaults\n    mode http\n    timeout client 5s\n\nfrontend f\n    bind 127.0.0.1:${port}\n    http-request return status 200 content-type text/plain string ${word}\n`;

const heard = async (): Promise<string> =>
  (await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })).text();

const target = (reload: () => Promise<void>) => ({ file, bin, reload });

describe('with a HAProxy that runs', () => {
  let haproxy: ChildProcess;

  beforeEach(async () => {
    await writeFile(file, saying('first'), { mode: 0o604 });
    haproxy = spawn(bin, ['-W', '-S', socket, '-f', file], { stdio: 'ignore' });
    await waitUntil('HAProxy', async () => (await heard()) === 'first');
  });
  afterEach(async () => {
    if (haproxy.exitCode === null) {
      haproxy.kill('SIGTERM');
      await once(haproxy, 'exit');
    }
  });

  it('brings a new text into use, keeps it as the last good one, and does nothing the second time', async () => {
    const into = target(() => reloadByMaster(socket));
    expect(await applyConfiguration(into, saying('second'))).toBe(true);
    await waitUntil('the new worker', async () => (await heard()) === 'second');
    expect(await readFile(lastGoodOf(file), 'utf8')).toBe(saying('second'));
    expect((await stat(file)).mode & 0o777).toBe(0o604);
    const failing = target(() => Promise.reject(new Error('there was nothing to reload')));
    expect(await applyConfiguration(failing, saying('second'))).toBe(false);
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('says what HAProxy refuses, and touches nothing', async () => {
    const applied = applyConfiguration(
      target(() => reloadByMaster(socket)),
      'nonsense\n',
    );
    await expect(applied).rejects.toMatchObject({
      code: 'CHECK_FAILED',
      message: expect.stringContaining('nonsense') as string,
    });
    expect(await readFile(file, 'utf8')).toBe(saying('first'));
    expect(await heard()).toBe('first');
  });

  it('puts the last good text back when the reload fails, and tries again the next time', async () => {
    await applyConfiguration(
      target(() => reloadByMaster(socket)),
      saying('second'),
    );
    const failing = target(() => reloadByCommand('false'));
    await expect(applyConfiguration(failing, saying('third'))).rejects.toMatchObject({
      code: 'RELOAD_FAILED',
    });
    expect(await readFile(file, 'utf8')).toBe(saying('second'));
    expect(
      await applyConfiguration(
        target(() => reloadByMaster(socket)),
        saying('third'),
      ),
    ).toBe(true);
    await waitUntil('the new worker', async () => (await heard()) === 'third');
  });

  it('reloads after a stop between writing and reloading', async () => {
    await writeFile(lastGoodOf(file), saying('first'));
    await writeFile(file, saying('second'));
    expect(await textInUse(file)).toBeUndefined();
    expect(
      await applyConfiguration(
        target(() => reloadByMaster(socket)),
        saying('second'),
      ),
    ).toBe(true);
    await waitUntil('the new worker', async () => (await heard()) === 'second');
  });

  it('reports that HAProxy itself refused the file', async () => {
    await writeFile(file, 'nonsense\n');
    await expect(reloadByMaster(socket)).rejects.toMatchObject({ code: 'RELOAD_FAILED' });
    expect(await heard()).toBe('first');
  });
});

it('writes the first configuration where there was none', async () => {
  await applyConfiguration(
    target(() => reloadByCommand('true')),
    saying('first'),
  );
  expect(await textInUse(file)).toBe(saying('first'));
});

it('reports a socket where nobody answers, and a command that does not exist', async () => {
  await expect(reloadByMaster(socket)).rejects.toMatchObject({ code: 'RELOAD_FAILED' });
  await expect(reloadByCommand(join(folder, 'nothing'))).rejects.toMatchObject({ code: 'RELOAD_FAILED' });
});

it('writes the file behind a symbolic link, with the access that it had', async () => {
  const real = join(folder, 'real.cfg');
  await writeFile(real, saying('first'));
  await chmod(real, 0o664);
  await symlink(real, file);
  expect(
    await applyConfiguration(
      target(() => Promise.resolve()),
      saying('second'),
    ),
  ).toBe(true);
  expect((await lstat(file)).isSymbolicLink()).toBe(true);
  expect(await readFile(real, 'utf8')).toBe(saying('second'));
  expect((await stat(real)).mode & 0o777).toBe(0o664);
});
