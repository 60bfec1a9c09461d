import { rm } from 'node:fs/promises';
import { type BuildOptions, build } from 'esbuild';

/** Bundled CommonJS packages call `require`; ESM has none of its own. */
const requireShim = "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);";

const common: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: 'linked',
  legalComments: 'none',
  logLevel: 'warning',
  mainFields: ['module', 'main'],
};

const lambdas: Record<string, string> = { registrator: 'src/registrator/handler.ts' };

await rm('dist', { recursive: true, force: true });
for (const [program, entry] of Object.entries(lambdas)) {
  await build({
    ...common,
    entryPoints: [entry],
    outfile: `dist/${program}/index.mjs`,
    minify: true,
    banner: { js: requireShim },
  });
}
