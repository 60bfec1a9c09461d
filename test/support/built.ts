import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { buildBundle, bundles } from '../../scripts/bundles.ts';

/** Everything that `npm run build` makes, in a folder of its own. */
export interface Built {
  folder: string;
  cli: string;
  remove(): Promise<void>;
}

export async function buildAll(): Promise<Built> {
  await mkdir('.cache', { recursive: true });
  const folder = await mkdtemp('.cache/built-');
  for (const bundle of bundles) await buildBundle(bundle, folder);
  const remove = () => rm(folder, { recursive: true, force: true });
  return { folder, cli: `${folder}/cli/index.mjs`, remove };
}

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command to its end with `input`, which stays open until then. */
export async function run(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  input = '',
): Promise<Ended> {
  const child = spawn(command, args, { env });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.write(input);
  const [code] = (await once(child, 'close')) as [number];
  return { code, stdout, stderr };
}
