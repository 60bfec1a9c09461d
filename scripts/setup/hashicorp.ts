import { createHash } from 'node:crypto';
import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { unzipSync } from 'fflate';
import { installedAt, type Program } from '../../src/local/binaries.ts';
import type { Terminal } from './terminal.ts';

export interface Release {
  /** https://releases.hashicorp.com or a server that answers like it. */
  site: string;
  version: string;
  /** As Node names them. */
  platform: string;
  architecture: string;
}

/** How long the site may take to begin an answer, in milliseconds; without it there are other ways. */
const patienceMs = 3000;
const downloadMs = 10 * 60_000;

const architectures: Readonly<Record<string, string>> = {
  x64: 'amd64',
  arm64: 'arm64',
  ia32: '386',
  arm: 'arm',
};

/**
 * Downloads a release of `program` and installs it under `cache`, unless the site cannot be reached.
 * @returns whether it is installed
 * @throws Error when the site answers but the download breaks off or is not what SHA256SUMS says
 */
export async function installRelease(
  program: Program,
  release: Release,
  cache: string,
  terminal: Terminal,
): Promise<boolean> {
  const { site, version, platform, architecture } = release;
  const folder = `${site}/${program.name}/${version}`;
  const sums = await textOf(`${folder}/${program.name}_${version}_SHA256SUMS`);
  const zip = `${program.name}_${version}_${platform}_${architectures[architecture] ?? architecture}.zip`;
  const expected = sums
    ?.split('\n')
    .find((line) => line.trim().endsWith(` ${zip}`))
    ?.split(/\s+/)[0];
  if (expected === undefined) return false;
  const content = await download(`${folder}/${zip}`, `${program.name} ${version}`, terminal);
  const actual = createHash('sha256').update(content).digest('hex');
  if (actual !== expected)
    throw new Error(`${folder}/${zip} has SHA-256 ${actual}, SHA256SUMS says ${expected}`);
  const executable = unzipSync(content, { filter: ({ name }) => name === program.name })[program.name];
  if (!executable) throw new Error(`${folder}/${zip} holds no ${program.name}`);
  const file = installedAt(program, cache);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(`${file}.new`, executable);
  await chmod(`${file}.new`, 0o755);
  await rename(`${file}.new`, file);
  return true;
}

async function textOf(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(patienceMs) });
    return response.ok ? await response.text() : undefined;
  } catch {
    return undefined;
  }
}

async function download(url: string, what: string, terminal: Terminal): Promise<Uint8Array> {
  const response = await fetch(url, { signal: AbortSignal.timeout(downloadMs) });
  if (!response.ok || !response.body) throw new Error(`${url} answered ${response.status}`);
  const size = Number(response.headers.get('content-length'));
  const chunks: Uint8Array[] = [];
  let received = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    received += chunk.length;
    terminal.progress(
      `Downloading ${what}: ${megabytes(received)}${size > 0 ? ` of ${megabytes(size)}` : ''} MB`,
    );
  }
  return Buffer.concat(chunks);
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1);
}
