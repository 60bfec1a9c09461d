import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import {
  debianRelease,
  distributionSources,
  readDeb822,
  readOneLine,
  writeDeb822,
} from '../../scripts/setup/apt-sources.ts';
import { machineSources, sourcesFor } from '../../scripts/setup/debian.ts';
import { programs } from '../../src/local/binaries.ts';

const bookworm = `# See the handbook
Types: deb deb-src
URIs: http://mirror.example.com/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 xsFNBF
 -----END PGP PUBLIC KEY BLOCK-----

Types: deb-src
URIs: http://mirror.example.com/debian
Suites: bookworm
Components: main

Enabled: no
Types: deb
URIs: https://packages.example.com/apt
Suites: stable
Components: main
`;

test('a deb822 file gives its enabled binary archives with their keys', () => {
  const sources = readDeb822(bookworm);
  expect(sources).toHaveLength(1);
  expect(sources[0]).toMatchObject({
    uris: ['http://mirror.example.com/debian'],
    suites: ['bookworm', 'bookworm-updates'],
    components: ['main', 'contrib'],
  });
  expect(sources[0]?.options['signed-by']).toContain('xsFNBF');
  expect(readDeb822(writeDeb822(sources))).toStrictEqual(sources);
});

test('a one-line file gives its binary archives with their options', () => {
  const sources = readOneLine(`# deb http://commented.example.com/debian old main
deb [arch=amd64,arm64 signed-by=/usr/share/keyrings/debian.gpg] http://mirror.example/debian bookworm main # why
deb-src http://mirror.example/debian bookworm main
deb http://flat.example.com/repository ./
`);
  expect(sources).toStrictEqual([
    {
      uris: ['http://mirror.example/debian'],
      suites: ['bookworm'],
      components: ['main'],
      options: { architectures: 'amd64 arm64', 'signed-by': '/usr/share/keyrings/debian.gpg' },
    },
    { uris: ['http://flat.example.com/repository'], suites: ['./'], components: [], options: {} },
  ]);
  expect(readDeb822(writeDeb822(sources))).toStrictEqual(sources);
});

test("archives that others added are left out of the distribution's", () => {
  const [debian, node] = readOneLine(`deb http://mirror.example/debian bookworm main
deb https://packages.example/node_20.x nodistro main`);
  expect(distributionSources([node, debian].filter((source) => source !== undefined))).toStrictEqual([
    debian,
  ]);
});

test('another release comes from the mirror and with the key that the machine uses', () => {
  expect(debianRelease(readDeb822(bookworm), 'bullseye')).toMatchObject({
    uris: ['http://mirror.example.com/debian'],
    suites: ['bullseye'],
    components: ['main'],
    options: { 'signed-by': expect.stringContaining('xsFNBF') as string },
  });
  const ubuntu = readOneLine('deb http://archive.ubuntu.com/ubuntu jammy main universe');
  expect(debianRelease(ubuntu, 'bullseye')).toBeUndefined();
});

test('Consul comes from the last Debian that has it, HAProxy from the machine’s own', () => {
  const machine = readDeb822(bookworm);
  expect(
    sourcesFor(programs.consul, machine).map(([source]) => [source?.uris, source?.suites]),
  ).toStrictEqual([
    [['http://mirror.example.com/debian'], ['bullseye']],
    [['http://archive.debian.org/debian'], ['bullseye']],
  ]);
  expect(sourcesFor(programs.haproxy, machine)).toStrictEqual([machine]);
});

test('both formats of an apt folder are read, whatever is missing', async () => {
  const etc = await mkdtemp(path.join(tmpdir(), 'apt-'));
  expect(await machineSources(etc)).toStrictEqual([]);
  await mkdir(path.join(etc, 'sources.list.d'));
  await writeFile(path.join(etc, 'sources.list'), 'deb http://mirror.example/debian trixie main\n');
  await writeFile(path.join(etc, 'sources.list.d', 'debian.sources'), bookworm);
  await writeFile(path.join(etc, 'sources.list.d', 'node.list.disabled'), 'deb http://example.com/ x main\n');
  expect((await machineSources(etc)).map(({ suites }) => suites[0])).toStrictEqual(['trixie', 'bookworm']);
  await rm(etc, { recursive: true });
});
