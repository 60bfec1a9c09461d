import { appendFileSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, symlink, unlink, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { watchFiles, type WatchedFiles } from '../../src/daemon/watched-files.ts';
import { waitUntil } from '../support/wait-until.ts';

let folder: string;
let file: string;
let watched: WatchedFiles | undefined;
/** What the file held each time that something was heard of it. */
let heard: string[];
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'watched-'));
  file = path.join(folder, 'file');
  heard = [];
  writeFileSync(file, 'first');
});
afterEach(async () => {
  watched?.close();
  await rm(folder, { recursive: true, force: true });
});

/** By events alone, since nobody waits for the next look. */
const byEvents = { settleMs: 50, pollMs: 3_600_000 };
/** Where there are no events. */
const byLooks = { settleMs: 10, pollMs: 50 };

async function start(rhythm = byEvents, ...files: string[]): Promise<void> {
  let count = 0;
  watched = await watchFiles(
    files.length > 0 ? files : [file],
    () => {
      const at = count;
      count += 1;
      heard[at] = '';
      void readFile(file, 'utf8').then(
        (text) => (heard[at] = text),
        () => (heard[at] = 'nothing'),
      );
    },
    rhythm,
  );
}

const hears = (...expected: string[]) =>
  waitUntil(`changes to ${expected.join()}`, () => heard.join() === expected.join());

describe('a watched file', () => {
  it('is heard of when it is written in place', async () => {
    await start();
    writeFileSync(file, 'second');
    await hears('second');
    writeFileSync(file, 'third');
    await hears('second', 'third');
    expect(heard).toHaveLength(2);
  });

  it('is heard of when another takes its place, as often as that happens', async () => {
    await start();
    for (const text of ['second', 'third', 'fourth']) {
      writeFileSync(`${file}.new`, text);
      await rename(`${file}.new`, file);
      await waitUntil(text, () => heard.at(-1) === text);
    }
    expect(heard).toEqual(['second', 'third', 'fourth']);
  });

  it('is heard of once when it is written bit by bit', async () => {
    await start();
    writeFileSync(file, '');
    for (let part = 0; part < 20; part += 1) appendFileSync(file, `${part} `);
    const whole = await readFile(file, 'utf8');
    await hears(whole);
    writeFileSync(file, 'end');
    await hears(whole, 'end');
    expect(heard).toHaveLength(2);
  });

  it('is heard of when it goes and when it is there again, even as it was', async () => {
    await start();
    await unlink(file);
    await hears('nothing');
    writeFileSync(file, 'first');
    await hears('nothing', 'first');
    expect(heard).toHaveLength(2);
  });

  it('that is not there yet is heard of when it comes', async () => {
    await unlink(file);
    await start();
    writeFileSync(file, 'first');
    await hears('first');
    expect(heard).toHaveLength(1);
  });

  it('is not heard of when it is touched, nor when its neighbours change', async () => {
    await start();
    await utimes(file, 1, 1);
    writeFileSync(file, 'first');
    writeFileSync(path.join(folder, 'other'), 'x');
    writeFileSync(file, 'second');
    await hears('second');
    expect(heard).toEqual(['second']);
  });

  it('is heard of while its folder is never still', async () => {
    await start();
    const noise = setInterval(() => writeFileSync(path.join(folder, 'noise'), `${Math.random()}`), 3);
    try {
      writeFileSync(file, 'second');
      await hears('second');
    } finally {
      clearInterval(noise);
    }
    expect(heard).toEqual(['second']);
  });

  it('is heard of no more once it is closed', async () => {
    await start(byLooks);
    const others: string[] = [];
    const other = await watchFiles([file], () => others.push('change'), byLooks);
    watched?.close();
    writeFileSync(file, 'second');
    await waitUntil('the other', () => others.length > 0);
    other.close();
    expect(heard).toEqual([]);
  });
});

describe('a file behind links', () => {
  /** Folders as Kubernetes makes them: `file` → `..data/file`, `..data` → a folder that is never changed. */
  async function publish(version: string): Promise<void> {
    const data = path.join(folder, `..${version}`);
    await mkdir(data);
    writeFileSync(path.join(data, 'file'), version);
    await symlink(`..${version}`, path.join(folder, '..data_tmp'));
    await rename(path.join(folder, '..data_tmp'), path.join(folder, '..data'));
  }

  it('is heard of when the link to its folder is turned, and the old folder goes', async () => {
    await unlink(file);
    await publish('v1');
    await symlink(path.join('..data', 'file'), file);
    await start();
    await publish('v2');
    await rm(path.join(folder, '..v1'), { recursive: true });
    await hears('v2');
    await publish('v3');
    await hears('v2', 'v3');
    expect(heard).toHaveLength(2);
  });

  it('is heard of when it changes where it is', async () => {
    const elsewhere = path.join(folder, 'elsewhere');
    await mkdir(elsewhere);
    await rename(file, path.join(elsewhere, 'target'));
    await symlink(path.join(elsewhere, 'target'), file);
    await start();
    writeFileSync(path.join(elsewhere, 'target'), 'second');
    await hears('second');
    expect(heard).toHaveLength(1);
  });
});

describe('without events', () => {
  it('a file in a folder that is made later is found by a look', async () => {
    file = path.join(folder, 'later', 'file');
    await start(byLooks);
    await mkdir(path.dirname(file));
    writeFileSync(file, 'second');
    await hears('second');
    expect(heard).toHaveLength(1);
  });

  it('a file in a folder that is replaced is found by a look, and by events from then on', async () => {
    const inner = path.join(folder, 'inner');
    await mkdir(inner);
    file = path.join(inner, 'file');
    writeFileSync(file, 'first');
    await start(byLooks);
    await rename(inner, `${inner}.old`);
    await mkdir(inner);
    writeFileSync(file, 'second');
    await waitUntil('the new folder', () => heard.at(-1) === 'second');
    writeFileSync(file, 'third');
    await waitUntil('the new file', () => heard.at(-1) === 'third');
    expect(heard.filter((text) => text === 'third')).toHaveLength(1);
  });
});

it('of several files changes that come together are heard of once', async () => {
  const other = path.join(folder, 'other');
  writeFileSync(other, 'a');
  await start(byEvents, file, other);
  writeFileSync(file, 'second');
  writeFileSync(other, 'b');
  await hears('second');
  writeFileSync(other, 'c');
  await hears('second', 'second');
  expect(heard).toHaveLength(2);
});
