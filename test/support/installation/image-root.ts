import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { type Dockerfile, type Instruction, imageOf, type Stage, variablesOf } from './dockerfile.ts';

/** The files that a Dockerfile puts over its base image, in a folder that stands for `/`. */
export interface ImageRoot {
  readonly root: string;
  /** Paths of the image, as they are here. */
  at(path: string): string;
  /** What its ENV says, with paths as they are here. */
  readonly variables: Readonly<Record<string, string>>;
  remove(): void;
}

const asRoot = process.getuid?.() === 0;

/**
 * Builds what a Dockerfile builds, without an engine: `npm ci` becomes the packages that are installed here, and a file of
 * a foreign image that is Node becomes the Node that runs this.
 */
export function buildImageRoot(dockerfile: Dockerfile): ImageRoot {
  const folder = mkdtempSync(join(tmpdir(), 'image-'));
  chmodSync(folder, 0o755);
  const built = new Map<string, string>();
  for (const [at, stage] of dockerfile.stages.entries()) {
    const root = join(folder, stage.name ?? `stage-${at}`);
    mkdirSync(root);
    built.set(stage.name ?? String(at), root);
    buildStage(stage, root, built);
  }
  const image = imageOf(dockerfile);
  const root = built.get(image.name ?? String(dockerfile.stages.length - 1)) ?? '';
  const at = (path: string): string => join(root, path);
  const variables = Object.entries(variablesOf(image)).map(([name, value]) => [
    name,
    value.startsWith('/') ? at(value) : value,
  ]);
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  return { root, at, variables: Object.fromEntries(variables) as Record<string, string>, remove };
}

function buildStage({ instructions }: Stage, root: string, built: ReadonlyMap<string, string>): void {
  let folder = '/';
  for (const instruction of instructions) {
    if (instruction.name === 'WORKDIR') folder = instruction.text;
    if (instruction.name === 'RUN') runIn(root, folder, instruction.text);
    if (instruction.name === 'COPY') copyInto(root, folder, instruction, built);
  }
}

function runIn(root: string, folder: string, command: string): void {
  const cwd = join(root, folder);
  if (command.startsWith('npm ci')) symlinkSync(resolve('node_modules'), join(cwd, 'node_modules'));
  else execFileSync('sh', ['-ec', command.replaceAll('/out', join(root, 'out'))], { cwd, stdio: 'pipe' });
}

/** As COPY does: the content of folders, and files under their names where the target is a folder. */
function copyInto(
  root: string,
  folder: string,
  { flags, words }: Instruction,
  built: ReadonlyMap<string, string>,
): void {
  const from = flags['from'] === undefined ? resolve('.') : built.get(flags['from']);
  const [target = '', ...sources] = words.toReversed();
  const to = target.startsWith('/') ? join(root, target) : join(root, folder, target);
  for (const source of sources) {
    const file = from === undefined ? '' : join(from, source);
    const isNode = source === '/usr/local/bin/node';
    const into = /\/$|^\.$/.test(target) && !isFolder(file) ? join(to, basename(source)) : to;
    if (isNode) {
      mkdirSync(join(into, '..'), { recursive: true });
      symlinkSync(process.execPath, into);
    } else cpSync(file, into, { recursive: true, verbatimSymlinks: true });
    const [user, group] = (flags['chown'] ?? '').split(':').map(Number);
    if (asRoot && user !== undefined && group !== undefined) giveTo(into, user, group);
  }
}

/** What was copied into a folder; the folder itself stays whose it was. */
function giveTo(folder: string, user: number, group: number): void {
  const paths = execFileSync('find', [folder, '-mindepth', '1'], { encoding: 'utf8' }).trim().split('\n');
  for (const path of paths) chownSync(path, user, group);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
