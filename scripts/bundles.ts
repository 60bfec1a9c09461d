import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type BuildOptions, build } from 'esbuild';
import { zipSync } from 'fflate';
import { buildPage } from './page.ts';

interface Bundle {
  program: string;
  entry: string;
  /** Also packed as `<program>.zip`, ready to be a Lambda function. */
  zip: boolean;
  /** With the agent's status page beside it. */
  page?: boolean;
}

export const bundles: readonly Bundle[] = [
  { program: 'registrator', entry: 'src/registrator/handler.ts', zip: true },
  { program: 'registry', entry: 'src/registry/handler.ts', zip: true },
  { program: 'proxy', entry: 'src/proxy/main.ts', zip: false },
  { program: 'agent', entry: 'src/agent/main.ts', zip: false, page: true },
  { program: 'cli', entry: 'src/cli/main.ts', zip: false, page: true },
  { program: 'sandbox', entry: 'src/sandbox/lambda-host.ts', zip: false },
  { program: 'guardian', entry: 'src/sandbox/guardian-host.ts', zip: false },
];

/** Bundled CommonJS packages call `require`, which ESM lacks; and the SDK warns on Node 20, which is supported here. */
const banner = [
  "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);",
  "process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED??='true';",
].join('');

const options: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  minify: true,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  logLevel: 'warning',
  mainFields: ['module', 'main'],
  banner: { js: banner },
  // It loads native code and files beside its own, so that it has to stay a package.
  external: ['dynalite'],
};

/** Writes `<folder>/<program>/index.mjs` with its source map, the page beside it, and `<folder>/<program>.zip`. */
export async function buildBundle(
  { program, entry, zip, page = false }: Bundle,
  folder: string,
): Promise<void> {
  const outfile = `${folder}/${program}/index.mjs`;
  await rm(`${folder}/${program}`, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await build({ ...options, entryPoints: [entry], outfile });
  await chmod(outfile, 0o755);
  if (page) await buildPage(`${folder}/${program}`);
  if (zip) await writeFile(`${folder}/${program}.zip`, await archive(outfile));
}

/**
 * The bundle and its source map as a zip that depends on nothing but their content: the compression is in JavaScript,
 * since zlib differs between versions of Node, and times are the first that a zip can hold.
 */
async function archive(outfile: string): Promise<Uint8Array> {
  const files = { 'index.mjs': await readFile(outfile), 'index.mjs.map': await readFile(`${outfile}.map`) };
  return zipSync(files, { level: 9, mtime: new Date(1980, 0, 1), os: unix, attrs: worldReadableFile });
}

/** Host system and external attributes of zip entries (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT). */
const unix = 3;
const worldReadableFile = 0o100644 * 0x10000;
