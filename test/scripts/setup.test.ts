import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { strToU8, zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Release } from '../../scripts/setup/hashicorp.ts';
import { ensureProgram } from '../../scripts/setup/install.ts';
import { programs } from '../../src/local/binaries.ts';

const run = promisify(execFile);
const script = '#!/bin/sh\necho "a made-up Consul"\n';
const zip = Buffer.from(zipSync({ 'LICENSE.txt': strToU8('free'), consul: strToU8(script) }));
const sha256 = createHash('sha256').update(zip).digest('hex');
const folder = '/consul/1.2.3/consul_1.2.3';

describe('installing a release of Consul', () => {
  let cache: string;
  let site: Server | undefined;
  const said: string[] = [];
  beforeEach(async () => {
    cache = await mkdtemp(path.join(tmpdir(), 'setup-'));
    said.length = 0;
  });
  afterEach(async () => {
    site?.closeAllConnections();
    site?.close();
    site = undefined;
    await rm(cache, { recursive: true });
  });

  async function serve(files: Record<string, Buffer | string>): Promise<Release> {
    site = createServer((request, response) => {
      const file = files[request.url ?? ''];
      response.writeHead(file === undefined ? 404 : 200).end(file);
    }).listen(0, '127.0.0.1');
    await once(site, 'listening');
    const address = site.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    return { site: `http://127.0.0.1:${port}`, version: '1.2.3', platform: 'linux', architecture: 'x64' };
  }

  const ensure = (release: Release, quiet = false) =>
    ensureProgram({
      program: programs.consul,
      places: { environment: {}, cache, systemFolders: [] },
      release,
      terminal: { say: (line) => said.push(line), progress: () => {} },
      quiet,
    });

  test('checks it, unpacks it and says so, and the next time finds it in silence', async () => {
    const release = await serve({
      [`${folder}_SHA256SUMS`]: `${'0'.repeat(64)}  consul_1.2.3_linux_arm64.zip\n${sha256}  consul_1.2.3_linux_amd64.zip\n`,
      [`${folder}_linux_amd64.zip`]: zip,
    });
    expect(await ensure(release)).toBeUndefined();
    expect(said.at(-1)).toContain(`from ${release.site}, version 1.2.3`);
    expect((await run(path.join(cache, 'bin', 'consul'))).stdout).toBe('a made-up Consul\n');
    said.length = 0;
    expect(await ensure(release, true)).toBeUndefined();
    expect(said).toStrictEqual([]);
  });

  test('refuses one that is not what SHA256SUMS says, installs nothing and says what to do', async () => {
    const release = await serve({
      [`${folder}_SHA256SUMS`]: `${'0'.repeat(64)}  consul_1.2.3_linux_amd64.zip\n`,
      [`${folder}_linux_amd64.zip`]: zip,
    });
    expect(await ensure(release)).toMatch(
      /SHA-256 .* SHA256SUMS says 0{64}\nInstall it .* CONSUL_BIN:\n.*Debian[^]*Fedora[^]*macOS/,
    );
    expect(await readdir(cache)).toStrictEqual([]);
  });
});

describe('the check of Node', () => {
  function check(version: string): Promise<{ stderr: string }> {
    const pretend = `Object.defineProperty(process, 'versions', { value: { node: '${version}' } });`;
    return run(process.execPath, ['--import', `data:text/javascript,${pretend}`, 'scripts/check-node.mjs']);
  }

  test('says in one line that it is too old', async () => {
    const message = 'Node 20.19 or later is needed; this is 20.18.3.\n';
    await expect(check('20.18.3')).rejects.toMatchObject({ code: 1, stderr: message });
  });

  test('is silent on the lowest version and on later ones', async () => {
    expect((await check('20.19.0')).stderr).toBe('');
    expect((await check('22.1.0')).stderr).toBe('');
  });
});
