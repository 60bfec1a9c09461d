import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildBundle, bundles } from '../../scripts/bundles.ts';

const maxBundleBytes = 1_500_000;
let folder: string;

beforeAll(async () => {
  await mkdir('.cache', { recursive: true });
  folder = await mkdtemp('.cache/bundles-');
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

describe.each(bundles.filter(({ zip }) => zip))('the bundle of $program', (bundle) => {
  const file = (): string => `${folder}/${bundle.program}/index.mjs`;

  beforeAll(async () => buildBundle(bundle, folder));

  it('stays small', async () => {
    expect((await stat(file())).size).toBeLessThan(maxBundleBytes);
  });

  it('exports a handler, and loads without a word', () => {
    const script = `import('./${file()}').then((module) => console.log(typeof module.handler))`;
    const { PATH } = process.env;
    const { stdout, stderr } = spawnSync('node', ['-e', script], { encoding: 'utf8', env: { PATH } });
    expect({ stdout, stderr }).toEqual({ stdout: 'function\n', stderr: '' });
  });

  it('is zipped byte for byte the same each time', async () => {
    const first = await readFile(`${folder}/${bundle.program}.zip`);
    await buildBundle(bundle, folder);
    const second = await readFile(`${folder}/${bundle.program}.zip`);
    expect(second.equals(first)).toBe(true);
  });

  it('is zipped with its source map', async () => {
    const zip = await readFile(`${folder}/${bundle.program}.zip`);
    const files = unzipSync(zip);
    expect(Object.keys(files)).toEqual(['index.mjs', 'index.mjs.map']);
    expect((await readFile(file())).equals(files['index.mjs'] ?? Buffer.alloc(0))).toBe(true);
  });
});
