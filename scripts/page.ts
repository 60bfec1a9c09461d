import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

const client = 'src/agent/page/client';

/** Writes the agent's status page as `<folder>/page.html`, one file with its style and its script inside. */
export async function buildPage(folder: string): Promise<void> {
  const [template, style, script] = await Promise.all([
    readFile(`${client}/index.html`, 'utf8'),
    bundled(`${client}/style.css`),
    bundled(`${client}/main.ts`),
  ]);
  const page = template
    .replace('<style></style>', () => `<style>${style}</style>`)
    .replace('<script></script>', () => `<script>${script}</script>`);
  await mkdir(folder, { recursive: true });
  // Whoever reads it meanwhile, or builds it too, has a whole one.
  const written = `${folder}/page.html.${randomUUID()}`;
  await writeFile(written, page);
  await rename(written, `${folder}/page.html`);
}

/** As an HTML file may hold it: esbuild writes neither `</script` nor `</style`. */
async function bundled(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'browser',
    target: ['es2022', 'chrome105', 'firefox121', 'safari15.4'],
    format: 'iife',
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
    write: false,
  });
  return outputFiles.map(({ text }) => text.trim()).join('');
}
