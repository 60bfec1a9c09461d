import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { AppError } from '../core/errors.ts';

/** A server that the sandbox and the tests run but that npm does not bring. */
export interface Program {
  name: 'consul' | 'haproxy';
  /** The environment variable that names the executable to use. */
  variable: string;
  /** Lowest version that is found by itself, as [major, minor], and the argument that prints the version. */
  atLeast?: { version: readonly [number, number]; argument: string };
}

export const programs = {
  consul: { name: 'consul', variable: 'CONSUL_BIN' },
  haproxy: { name: 'haproxy', variable: 'HAPROXY_BIN', atLeast: { version: [2, 6], argument: '-v' } },
} as const satisfies Record<string, Program>;

/** Where to look: the process's environment, and the folder that `npm run setup` installs into. */
export interface Places {
  environment: Readonly<Record<string, string | undefined>>;
  cache: string;
  /** Looked into after PATH; by default where Debian puts servers, which is not on the PATH of its users. */
  systemFolders?: readonly string[];
}

const sbin = ['/usr/local/sbin', '/usr/sbin'];

/** Absolute path of the executable that `npm run setup` makes in `cache`: the program itself, or a script that starts it. */
export function installedAt(program: Program, cache: string): string {
  return path.resolve(cache, 'bin', program.name);
}

/**
 * Absolute path of the executable of `program`: what its variable names, else the first that is new enough on PATH, in
 * the system's folders and among what set-up installed; undefined when there is none.
 * @throws AppError CONFIG_INVALID when the variable names something that cannot be run
 */
export async function findProgram(program: Program, places: Places): Promise<string | undefined> {
  const named = places.environment[program.variable];
  if (named) {
    if (await isExecutable(named)) return path.resolve(named);
    throw new AppError(
      'CONFIG_INVALID',
      `${program.variable} names "${named}", which is no executable file.`,
    );
  }
  const { environment, cache, systemFolders = sbin } = places;
  const folders = [...(environment['PATH'] ?? '').split(path.delimiter).filter(Boolean), ...systemFolders];
  const candidates = [
    ...folders.map((folder) => path.resolve(folder, program.name)),
    installedAt(program, cache),
  ];
  for (const candidate of candidates) {
    if ((await isExecutable(candidate)) && (await isNewEnough(program, candidate))) return candidate;
  }
  return undefined;
}

/**
 * As {@link findProgram}, for those who cannot go on without it.
 * @throws AppError CONFIG_INVALID when the variable names something that cannot be run, or when there is none anywhere
 */
export async function requireProgram(program: Program, places: Places): Promise<string> {
  const found = await findProgram(program, places);
  if (found) return found;
  throw new AppError(
    'CONFIG_INVALID',
    `${program.name} was not found: put it on PATH or name it in ${program.variable}; in a checkout, "npm run setup" installs it.`,
  );
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

async function isNewEnough({ atLeast }: Program, file: string): Promise<boolean> {
  if (!atLeast) return true;
  const answer = await promisify(execFile)(file, [atLeast.argument]).catch(() => undefined);
  const [, major, minor] = /version (\d+)\.(\d+)/.exec(answer?.stdout ?? '') ?? [];
  const [leastMajor, leastMinor] = atLeast.version;
  return Number(major) > leastMajor || (Number(major) === leastMajor && Number(minor) >= leastMinor);
}
