import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { systemCodeOf } from '../core/errors.ts';

/** The files of a folder, over links, by name; undefined where the path is that of a file. @throws as `readdir` does */
export async function filesIn(folder: string): Promise<string[] | undefined> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
  const files = names.toSorted().map((name) => path.join(folder, name));
  const found = await Promise.all(files.map((file) => stat(file).catch(() => undefined)));
  return files.filter((_, at) => found[at]?.isFile());
}

/**
 * Names what a file holds, or what the files of a folder are called and hold: 64 hexadecimal digits.
 * @throws as `readdir` and `readFile` do
 */
export async function contentHash(file: string): Promise<string> {
  const hash = createHash('sha256');
  for (const one of (await filesIn(file)) ?? [file]) {
    const text = await readFile(one);
    hash.update(`${path.relative(file, one)}\0${text.length}\0`).update(text);
  }
  return hash.digest('hex');
}
