import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../src/core/errors.ts';
import { installedAt, type Program } from '../../src/local/binaries.ts';
import {
  type AptSource,
  debianRelease,
  distributionSources,
  readDeb822,
  readOneLine,
  writeDeb822,
} from './apt-sources.ts';
import type { Terminal } from './terminal.ts';

/** The last release of Debian that has Consul (1.8.7), and where Debian keeps releases that it no longer mirrors. */
const lastWithConsul = 'bullseye';
const archiveOfOldReleases = 'http://archive.debian.org/debian';

/** Where packages put what is run. */
const executables: Record<Program['name'], string> = {
  consul: 'usr/bin/consul',
  haproxy: 'usr/sbin/haproxy',
};

/**
 * Downloads the distribution's package of `program`, with the libraries that this machine lacks, and unpacks it under
 * `cache`: apt works on folders of its own there, so this needs no root and leaves the machine's apt as it is.
 * @throws Error with what apt or dpkg-deb said
 */
export async function installPackage(program: Program, cache: string, terminal: Terminal): Promise<void> {
  const work = path.resolve(cache, 'debian', program.name);
  const root = path.join(work, 'root');
  const choices = sourcesFor(program, await machineSources('/etc/apt'));
  for (const [index, sources] of choices.entries()) {
    try {
      await download(program, work, sources, terminal);
      break;
    } catch (error) {
      if (index === choices.length - 1) throw error;
    }
  }
  const archives = path.join(work, 'cache', 'archives');
  for (const file of await readdir(archives)) {
    if (file.endsWith('.deb')) await run('dpkg-deb', ['-x', path.join(archives, file), root], terminal);
  }
  await rm(path.join(work, 'lists'), { recursive: true });
  await rm(path.join(work, 'cache'), { recursive: true });
  await writeStarter(installedAt(program, cache), root, executables[program.name]);
}

/** Every archive of an apt configuration folder. */
export async function machineSources(etc: string): Promise<AptSource[]> {
  const parts = path.join(etc, 'sources.list.d');
  const names = (await readdir(parts).catch(() => [])).map((name) => path.join(parts, name)).toSorted();
  const files = await Promise.all(
    [path.join(etc, 'sources.list'), ...names].map(async (file) => {
      const text = await readFile(file, 'utf8').catch(() => '');
      if (file.endsWith('.sources')) return readDeb822(text);
      return file.endsWith('.list') ? readOneLine(text) : [];
    }),
  );
  return files.flat();
}

/** The archives to take `program` from, in the order to try them. */
export function sourcesFor(program: Program, machine: readonly AptSource[]): AptSource[][] {
  const old = program.name === 'consul' ? debianRelease(machine, lastWithConsul) : undefined;
  return old ? [[old], [{ ...old, uris: [archiveOfOldReleases] }]] : [distributionSources(machine)];
}

async function download(
  program: Program,
  work: string,
  sources: AptSource[],
  terminal: Terminal,
): Promise<void> {
  await rm(work, { recursive: true, force: true });
  await mkdir(path.join(work, 'sources'), { recursive: true });
  await mkdir(path.join(work, 'lists', 'partial'), { recursive: true });
  await mkdir(path.join(work, 'cache', 'archives', 'partial'), { recursive: true });
  await writeFile(path.join(work, 'sources', 'machine.sources'), writeDeb822(sources));
  const configuration = path.join(work, 'apt.conf');
  await writeFile(configuration, aptConfiguration(work));
  const apt = (...command: string[]) => run('apt-get', ['-c', configuration, '-q', ...command], terminal);
  await apt('update');
  await apt('install', '--yes', '--no-install-recommends', '--download-only', program.name);
}

/** Read after the machine's own, so that its proxies and credentials count; hooks and indexes of no use here are cleared. */
function aptConfiguration(work: string): string {
  return `#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear Acquire::IndexTargets::deb;
Acquire::IndexTargets::deb::Packages {
  MetaKey "$(COMPONENT)/binary-$(ARCHITECTURE)/Packages";
  ShortDescription "Packages";
  Description "$(RELEASE)/$(COMPONENT) $(ARCHITECTURE) Packages";
  Optional "no";
};
Dir::Etc::SourceList "/dev/null";
Dir::Etc::SourceParts "${work}/sources";
Dir::State::Lists "${work}/lists";
Dir::Cache "${work}/cache";
Debug::NoLocking "true";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "2";
`;
}

/** A script that starts `executable` with the libraries next to it. */
async function writeStarter(file: string, root: string, executable: string): Promise<void> {
  const libraries = await libraryFolders(root);
  const lines = [
    '#!/bin/sh',
    ...(libraries.length > 0
      ? [`export LD_LIBRARY_PATH="${libraries.join(':')}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"`]
      : []),
    `exec "${path.join(root, executable)}" "$@"`,
    '',
  ];
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, lines.join('\n'));
  await chmod(file, 0o755);
}

async function libraryFolders(root: string): Promise<string[]> {
  const found = await Promise.all(
    ['lib', 'usr/lib'].map(async (folder) => {
      const names = await readdir(path.join(root, folder)).catch(() => []);
      return names.filter((name) => name.includes('-linux-gnu')).map((name) => path.join(root, folder, name));
    }),
  );
  return found.flat();
}

async function run(command: string, parameters: string[], terminal: Terminal): Promise<void> {
  const child = spawn(command, parameters, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C' },
  });
  let said = '';
  child.stdout.on('data', (text: Buffer) =>
    terminal.progress(text.toString().trim().split('\n').at(-1) ?? ''),
  );
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  try {
    await once(child, 'spawn');
  } catch (error) {
    throw new Error(`${command} cannot be run (${messageOf(error)})`, { cause: error });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${command} failed: ${said.trim() || `exit code ${code}`}`);
}
