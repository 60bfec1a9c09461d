import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, lstat, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/core/errors.ts';
import { applyConfiguration, inUseOf, lastGoodOf } from '../../src/haproxy-process/config-file.ts';
import { reloadByCommand, reloadByMaster } from '../../src/haproxy-process/reload.ts';
import { freePorts } from '../../src/sandbox/free-ports.ts';
import { haproxyBinary } from '../support/haproxy/server.ts';
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

const target = (reload?: () => Promise<void>) => ({ file, bin, reload });

const reloaded = { changed: true, inUse: true };

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
    expect(await applyConfiguration(into, saying('second'))).toEqual(reloaded);
    await waitUntil('the new worker', async () => (await heard()) === 'second');
    expect(await readFile(lastGoodOf(file), 'utf8')).toBe(saying('second'));
    expect((await stat(file)).mode & 0o777).toBe(0o604);
    const failing = target(() => Promise.reject(new Error('there was nothing to reload')));
    expect(await applyConfiguration(failing, saying('second'))).toEqual({ changed: false, inUse: true });
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
    ).toEqual(reloaded);
    await waitUntil('the new worker', async () => (await heard()) === 'third');
  });

  /** Applies a text with a reload, and gives what HAProxy then answers. */
  const used = async (word: string): Promise<string> => {
    const applied = await applyConfiguration(
      target(() => reloadByMaster(socket)),
      saying(word),
    );
    expect(applied).toEqual(reloaded);
    await waitUntil('the new worker', async () => (await heard()) === word);
    return heard();
  };

  it('says that what nobody reloads is written and not in use, and reloads it the next time', async () => {
    await used('second');
    expect(await applyConfiguration(target(), saying('third'))).toEqual({ changed: true, inUse: false });
    expect(await applyConfiguration(target(), saying('third'))).toEqual({ changed: false, inUse: false });
    expect(await readFile(file, 'utf8')).toBe(saying('third'));
    expect(await heard()).toBe('second');
    expect(await used('third')).toBe('third');
    expect(await applyConfiguration(target(), saying('third'))).toEqual({ changed: false, inUse: true });
  });

  it('reloads what it went back to, since somebody may have reloaded what was only written', async () => {
    await used('second');
    await applyConfiguration(target(), saying('third'));
    await reloadByMaster(socket);
    await waitUntil('the new worker', async () => (await heard()) === 'third');
    expect(await used('second')).toBe('second');
  });

  it('reloads after a stop between writing and reloading', async () => {
    await used('first');
    const stopped = target(() => new Promise(() => {}));
    void applyConfiguration(stopped, saying('second'));
    await waitUntil('the file', async () => (await readFile(file, 'utf8')) === saying('second'));
    expect(await used('second')).toBe('second');
  });

  it('reloads after a failed reload, whatever is asked for then', async () => {
    await used('second');
    const failing = target(() => reloadByCommand('false'));
    await expect(applyConfiguration(failing, saying('third'))).rejects.toMatchObject({
      code: 'RELOAD_FAILED',
    });
    expect(await used('second')).toBe('second');
  });

  it('reloads after somebody edited the file', async () => {
    await used('second');
    await writeFile(file, saying('edited'));
    expect(await used('second')).toBe('second');
  });

  it('does not believe a last good text that no reload has left', async () => {
    await writeFile(file, saying('second'));
    await writeFile(lastGoodOf(file), saying('second'));
    await used('second');
    await writeFile(inUseOf(file), 'nonsense\n');
    expect(await used('second')).toBe('second');
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
  expect(await readFile(file, 'utf8')).toBe(saying('first'));
  expect(await readFile(lastGoodOf(file), 'utf8')).toBe(saying('first'));
});

it('names the service behind what a reload complains of', async () => {
  const text = `${saying('first')}\n# web: web.example.com\nbackend r_web\n    server s_1 127.0.0.1:1\n`;
  const at = text.split('\n').findIndex((line) => line.includes('server s_1')) + 1;
  const reload = () =>
    Promise.reject(
      new AppError('RELOAD_FAILED', `HAProxy did not reload: [${file}:${at}] : no such address`),
    );
  await expect(applyConfiguration(target(reload), text)).rejects.toThrow(
    'no such address (of the service web)',
  );
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
  ).toEqual(reloaded);
  expect((await lstat(file)).isSymbolicLink()).toBe(true);
  expect(await readFile(real, 'utf8')).toBe(saying('second'));
  expect((await stat(real)).mode & 0o777).toBe(0o664);
});
