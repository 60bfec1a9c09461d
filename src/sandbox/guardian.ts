import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Guard } from '../local/server-process.ts';

/** What a guardian is told, one JSON object a line. */
export type GuardianOrder =
  | { readonly keep: number }
  | { readonly release: number }
  | { readonly haproxyAt: string }
  | { readonly remove: string };

/** A process that outlives this one, in order to end and remove what this one leaves, however it ends. */
export interface Guardian extends Guard {
  /** For temporary files. */
  readonly folder: string;
  /** A HAProxy that somebody else starts, by the socket of its master. */
  keepHaproxy(masterSocket: string): void;
  /** A file outside of the folder. */
  keepFile(path: string): void;
  /** Resolves when everything is ended and removed. */
  close(): Promise<void>;
}

/**
 * Starts a guardian, with a new folder that it removes in the end.
 * @param host file of the built `guardian-host.ts`
 * @param lost told of each kept process that a foreign hand ended
 */
export async function startGuardian(host: string, lost: Guard['lost']): Promise<Guardian> {
  const folder = await mkdtemp(join(folderForSockets(tmpdir()), 'sandbox-'));
  const child = spawn(process.execPath, [host], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  const ended = once(child, 'exit');
  // It ends early by a foreign hand alone; there is nothing to be done about that here.
  child.stdin.on('error', () => {});
  const tell = (order: GuardianOrder): void => void child.stdin.write(`${JSON.stringify(order)}\n`);
  tell({ remove: folder });
  return {
    folder,
    lost,
    keep: (pid) => tell({ keep: pid }),
    release: (pid) => tell({ release: pid }),
    keepHaproxy: (masterSocket) => tell({ haproxyAt: masterSocket }),
    keepFile: (path) => tell({ remove: path }),
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

/**
 * `temporary`, or where HAProxy could not have its sockets there `/tmp`: their paths are in its file, in plain characters, and
 * systems take about a hundred, half of which are needed below this folder.
 */
export function folderForSockets(temporary: string): string {
  return /^[\w./-]{1,50}$/.test(temporary) ? temporary : '/tmp';
}
