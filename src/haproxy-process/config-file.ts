import { readFile } from 'node:fs/promises';
import { AppError, isAppError, messageOf, systemCodeOf } from '../core/errors.ts';
import { revisionOf } from '../haproxy/revision.ts';
import { checkConfiguration } from './check.ts';
import { type Access, accessOf, removeFile, replaceFile } from './files.ts';
import { withServices } from './services-behind.ts';

/** How one HAProxy gets its configuration. */
interface ConfigTarget {
  /** The file that HAProxy was started with. */
  file: string;
  /** The binary that checks it; absent where a change is of a kind that needs no check. */
  bin?: string;
  /**
   * Makes HAProxy read the file again; absent where nobody here can.
   * @throws AppError RELOAD_FAILED
   */
  reload?: (() => Promise<void>) | undefined;
  /** Access of files that are new; by default they are for owner and group. */
  mode?: number;
  /** Access that files have at most, whoever gave them more; absent: they keep what they have. */
  most?: number;
  /** Whether a text is brought into use even where it is said to be in use. */
  always?: boolean;
}

/** A file that a configuration refers to and that changes with it. */
export interface FileText {
  readonly file: string;
  readonly text: string;
}

/** What is on disk and what HAProxy runs are two facts. */
export interface Applied {
  /** Whether the file, or what HAProxy runs, is another than before. */
  changed: boolean;
  /** Whether HAProxy runs what is in the file, as far as is known. */
  inUse: boolean;
}

/** Names texts that go together by their bytes: those of the files beside the configuration first. */
export function revisionOfFiles(files: readonly Pick<FileText, 'text'>[]): string {
  return revisionOf(files.map(({ text }) => text).join('\0'));
}

/** Where the text that HAProxy last accepted is kept. */
export function lastGoodOf(file: string): string {
  return `${file}.last-good`;
}

/** Where the revision is kept that HAProxy runs, from the end of one reload to the next change of the file. */
export function inUseOf(file: string): string {
  return `${file}.in-use`;
}

/**
 * The text of a file; undefined when there is none.
 * @throws AppError CONFIG_INVALID when it cannot be read
 */
export async function readConfiguration(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (systemCodeOf(cause) === 'ENOENT') return undefined;
    const advice = 'Run this as a user who may read it.';
    throw new AppError('CONFIG_INVALID', `${file} cannot be read: ${messageOf(cause)}. ${advice}`, { cause });
  }
}

/**
 * Brings a text into use: checked, written beside the file and moved over it, reloaded. Whatever fails, HAProxy goes on
 * with what it had, and so do the files. That a text is in use is believed after a reload alone: one that was only
 * written, or whose reload failed or never came, is reloaded the next time.
 * @param beside files that go with the text: written before it, and put back with it
 * @throws AppError CHECK_FAILED with what HAProxy says; RELOAD_FAILED; NOT_FOUND when there is no binary to check with;
 *   CONFIG_INVALID when a file cannot be read or written
 */
export async function applyConfiguration(
  { file, bin, reload, mode, most, always = false }: ConfigTarget,
  text: string,
  beside: readonly FileText[] = [],
): Promise<Applied> {
  const wanted = [...beside, { file, text }];
  const revision = `${revisionOfFiles(wanted)}\n`;
  const current = await currentOf(wanted);
  const isWritten = wanted.every(({ file, text }) => current.get(file) === text);
  if (!always && isWritten && (await readConfiguration(inUseOf(file))) === revision)
    return { changed: false, inUse: true };
  const access = await accessOf(file, mode, most);
  if (bin !== undefined) {
    // HAProxy refuses a text whose files are not there; what they hold does not matter.
    await writeAll(
      beside.filter(({ file }) => current.get(file) === undefined),
      access,
    );
    await check(bin, text);
  }
  await removeFile(inUseOf(file));
  const lastGood = await lastGoodAmong(wanted, isWritten ? new Map() : current);
  await writeAll(
    lastGood.map(({ file, text }) => ({ file: lastGoodOf(file), text })),
    access,
  );
  await writeAll(wanted, access);
  if (!reload) return { changed: !isWritten, inUse: false };
  try {
    await reload();
  } catch (error) {
    await writeAll(lastGood, access);
    throw isAppError(error, 'RELOAD_FAILED')
      ? new AppError('RELOAD_FAILED', withServices(error.message, text), { cause: error })
      : error;
  }
  await writeAll(
    wanted.map(({ file, text }) => ({ file: lastGoodOf(file), text })),
    access,
  );
  await replaceFile(inUseOf(file), revision, access);
  return { changed: true, inUse: true };
}

/**
 * Puts the texts back that HAProxy last accepted, for a start that must not fail.
 * @param files the configuration and the files that go with it
 * @returns whether there were any
 * @throws AppError CONFIG_INVALID when a file cannot be read or written
 */
export async function restoreLastGood(files: readonly string[]): Promise<boolean> {
  const lastGood = await lastGoodAmong(
    files.map((file) => ({ file })),
    new Map(),
  );
  for (const good of lastGood) await writeAll([good], await accessOf(lastGoodOf(good.file)));
  return lastGood.length > 0;
}

async function currentOf(files: readonly FileText[]): Promise<Map<string, string | undefined>> {
  const texts = new Map<string, string | undefined>();
  for (const { file } of files) texts.set(file, await readConfiguration(file));
  return texts;
}

/** What HAProxy last accepted of these files; where nothing says so, what they hold. */
async function lastGoodAmong(
  files: readonly Pick<FileText, 'file'>[],
  current: ReadonlyMap<string, string | undefined>,
): Promise<FileText[]> {
  const found: FileText[] = [];
  for (const { file } of files) {
    const text = (await readConfiguration(lastGoodOf(file))) ?? current.get(file);
    if (text !== undefined) found.push({ file, text });
  }
  return found;
}

/** Writes what is not there yet. */
async function writeAll(files: readonly FileText[], access: Access): Promise<void> {
  for (const { file, text } of files) {
    if ((await readConfiguration(file)) !== text) await replaceFile(file, text, access);
  }
}

async function check(bin: string, text: string): Promise<void> {
  const { valid, errors } = await checkConfiguration(bin, text);
  if (valid) return;
  const heading = 'HAProxy refuses the new configuration, and the old one stays:';
  throw new AppError('CHECK_FAILED', `${heading}\n${errors.join('\n')}`);
}
