import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import type { Terminal } from './terminal.ts';

/** A Chromium's executable as distributions and vendors name it. */
const names = ['chromium', 'chromium-browser', 'google-chrome'];

/** The Chromium that the tests of the status page drive: what CHROMIUM_BIN names, else the first on PATH. */
export function findChromium(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const named = environment['CHROMIUM_BIN'];
  if (named) return named;
  const folders = (environment['PATH'] ?? '').split(path.delimiter).filter(Boolean);
  return folders.flatMap((folder) => names.map((name) => path.join(folder, name))).find(isExecutable);
}

/** Installs Debian's package, which takes apt and root; says what is wrong otherwise. */
export function installChromium(terminal: Terminal): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can install it (Debian: apt-get install chromium)';
  terminal.say('Installing chromium by apt-get (about 350 MB).');
  const steps = [
    ['apt-get', '-qq', 'update'],
    ['apt-get', '-qq', 'install', '--yes', '--no-install-recommends', 'chromium'],
  ];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  for (const [program = '', ...args] of steps) {
    const { error, status, stderr } = spawnSync(program, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
      env,
    });
    if (error || status !== 0)
      return `${program} ${args.join(' ')} failed: ${error?.message ?? stderr.trim()}`;
  }
  return undefined;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
