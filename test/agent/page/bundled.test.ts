import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildBundle } from '../../../scripts/bundles.ts';
import { loadPage } from '../../../src/agent/page/page.ts';

let folder: string;
beforeAll(async () => {
  await mkdir('.cache', { recursive: true });
  folder = await mkdtemp('.cache/page-');
});
afterAll(() => rm(folder, { recursive: true }));

/** What the loader of a bundle gives, run by Node alone. */
async function loadedBy(bundle: { readonly program: string; readonly page: boolean }): Promise<string> {
  await buildBundle({ ...bundle, entry: 'src/agent/page/page.ts', zip: false }, folder);
  const script = `import('./${folder}/${bundle.program}/index.mjs')
    .then(({ loadPage }) => loadPage())
    .then((page) => process.stdout.write(page), (error) => console.log(error.code, error.message));`;
  return spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' }).stdout;
}

describe('the status page', () => {
  it('is found beside its bundle, the same as from source', async () => {
    expect(await loadedBy({ program: 'with', page: true })).toBe(await loadPage());
  });

  it('is missed with a word on how to build it', async () => {
    expect(await loadedBy({ program: 'without', page: false })).toMatch(
      /^FILE_UNREADABLE The status page \/.*\/without\/page\.html is missing: run "npm run build"\.\n$/,
    );
  });

  it('is one file that names no other', async () => {
    const page = await loadPage();
    expect(page.match(/<style>./g)).toHaveLength(1);
    expect(page.match(/<script>./g)).toHaveLength(1);
    expect(page).not.toMatch(/https?:|@import|url\(|\bimport\(|\bsrc=|\sstyle=|\son[a-z]+=/);
    expect(page.length).toBeLessThan(40_000);
  });
});
