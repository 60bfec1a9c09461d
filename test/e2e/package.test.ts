import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildBundle, bundles } from '../../scripts/bundles.ts';
import { run } from '../support/built.ts';

const execute = promisify(execFile);

/** What is packed beside what the build makes. */
const texts = [
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
  'package.json',
  'schemas/agent.schema.json',
  'schemas/proxy.schema.json',
  'units/README.md',
  'units/first.cfg',
  'units/haproxy.service.d/agent.conf',
  'units/lambda-agent.service',
  'units/lambda-agent.service.d/drive.conf',
  'units/lambda-proxy.service',
  'units/lambda-registry.service',
  'units/tmpfiles.conf',
];
const built = bundles.flatMap(({ program, page = false, zip }) => [
  `dist/${program}/index.mjs`,
  `dist/${program}/index.mjs.map`,
  ...(page ? [`dist/${program}/page.html`] : []),
  ...(zip ? [`dist/${program}.zip`] : []),
]);

const mostBytes = 6_000_000;

/** Other versions of Node to run the package on, as paths with commas between them. */
const nodes = [process.execPath, ...(process.env['NODE_BINS'] ?? '').split(',').filter((bin) => bin !== '')];

/** The package as a release has it, in a folder of its own; and another folder where it is installed, alone. */
let source: string;
let home: string;
let tarball: string;

beforeAll(async () => {
  source = await mkdtemp('.cache/package-');
  home = await mkdtemp(join(tmpdir(), 'package-'));
  for (const bundle of bundles) await buildBundle(bundle, `${source}/dist`);
  for (const text of texts) await cp(text, `${source}/${text}`);
  for (const other of ['.env', 'src/main.ts', 'test/a.test.ts', 'node_modules/a/index.js']) {
    await mkdir(dirname(`${source}/${other}`), { recursive: true });
    await writeFile(`${source}/${other}`, '');
  }
  tarball = join(home, (await npm(source, 'pack', '--silent', '--pack-destination', home)).trim());
  await npm(home, 'init', '--yes');
  // What is optional comes from the registry.
  await npm(home, 'install', '--offline', '--omit=optional', '--no-audit', '--no-fund', tarball);
});
afterAll(async () => {
  for (const folder of [source, home]) await rm(folder, { recursive: true, force: true });
});

async function npm(folder: string, ...args: string[]): Promise<string> {
  return (await execute('npm', args, { cwd: folder })).stdout;
}

const installed = (file: string): string => join(home, 'node_modules/lambda-registrator', file);

describe('the package', () => {
  it('holds what it should, and nothing else', async () => {
    const { stdout } = await execute('tar', ['-tzf', tarball]);
    const files = stdout.trim().split('\n');
    const expected = [...texts, ...built].map((file) => `package/${file}`);
    expect(files.toSorted()).toEqual(expected.toSorted());
  });

  it('stays small, and brings no other package with it that must be there', async () => {
    expect((await stat(tarball)).size).toBeLessThan(mostBytes);
    expect((await readdir(join(home, 'node_modules'))).filter((name) => !name.startsWith('.'))).toEqual([
      'lambda-registrator',
    ]);
  });

  it('tells nothing of the machine that it was made on', async () => {
    const places = [process.cwd(), dirname(await realpath('node_modules')), tmpdir()];
    for (const file of built.filter((name) => !name.endsWith('.zip'))) {
      const text = await readFile(installed(file), 'utf8');
      expect(places.filter((place) => text.includes(`${place}/`))).toEqual([]);
    }
  });

  it.each(built.filter((name) => name.endsWith('.map')))(
    'has sources by relative paths in %s',
    async (map) => {
      const { sources, sourcesContent } = JSON.parse(await readFile(installed(map), 'utf8')) as {
        sources: string[];
        sourcesContent?: unknown;
      };
      const isExpected = (name: string) =>
        /^(\.\.\/)+(\w+\/)*(src|node_modules)\/|\/package\.json$/.test(name);
      expect(sources.filter((name) => !isExpected(name))).toEqual([]);
      expect(sourcesContent).toBeUndefined();
    },
  );

  it('is run by npx in an empty folder', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'empty-'));
    const args = ['--yes', '--offline', '--package', tarball, 'lambda-registrator', '--help'];
    const { stdout } = await execute('npx', args, {
      cwd: empty,
      env: { ...process.env, npm_config_omit: 'optional' },
    });
    await rm(empty, { recursive: true });
    expect(stdout).toContain('Usage: lambda-registrator');
  });
});

describe.each(nodes)('on %s', (node) => {
  const bare = { PATH: process.env['PATH'], HOME: tmpdir() };

  it.each([
    ['node_modules/.bin/lambda-registrator', 'Usage: lambda-registrator'],
    ['node_modules/lambda-registrator/dist/proxy/index.mjs', 'Usage: proxy'],
    ['node_modules/lambda-registrator/dist/agent/index.mjs', 'Usage: agent'],
  ])('%s shows its help', async (file, usage) => {
    const { code, stdout, stderr } = await run(node, [join(home, file), '--help'], bare);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(usage);
  });

  it.each(['registrator', 'registry'])('the %s exports its handler', async (program) => {
    const script = `console.log(typeof (await import(${JSON.stringify(installed(`dist/${program}/index.mjs`))})).handler)`;
    const ended = await run(node, ['--input-type=module', '-e', script], bare);
    expect(ended).toEqual({ code: 0, stdout: 'function\n', stderr: '' });
  });

  it('says what the embedded registry needs that is not there', async () => {
    const data = join(home, 'data');
    const args = ['registry', 'serve', '--embedded', '--table', 'prod', '--data', data];
    const ended = await run(node, [resolve(home, 'node_modules/.bin/lambda-registrator'), ...args], bare);
    expect(ended.code).toBe(69);
    expect(ended.stderr).toContain('npm install dynalite@4');
  });
});
