import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { buildBundle } from '../../../scripts/bundles.ts';
import { freePorts } from '../../../src/sandbox/free-ports.ts';

/** A program to be measured, and how it is started. */
export interface Variant {
  readonly name: string;
  readonly port: number;
  readonly command: readonly [string, ...string[]];
}

/** TypeScript in a process of its own, as this one runs. */
export function script(name: string, ...args: readonly (string | number)[]): [string, ...string[]] {
  const file = fileURLToPath(new URL(name, import.meta.url));
  return [process.execPath, ...process.execArgv, file, ...args.map(String)];
}

/** An endpoint of the Invoke API that answers at once. */
export async function stubVariant(): Promise<Variant> {
  const [port = 0] = await freePorts(1);
  return { name: 'stub', port, command: script('stub.ts', port) };
}

/**
 * What is measured before the stub at `origin`: the least that a proxy can do, ours as it is built, and
 * lambda-reverse-proxy where REFERENCE_PROXY names its binary.
 * @param folder for the bundle and the files of the proxies
 */
export async function variantsBefore(origin: string, folder: string): Promise<Variant[]> {
  const [barePort = 0, port = 0, referencePort = 0] = await freePorts(3);
  const bare = { name: 'pass-through', port: barePort, command: script('bare.ts', barePort, origin) };
  await buildBundle({ program: 'proxy', entry: 'src/proxy/main.ts', zip: false }, folder);
  const file = await writeProxyFile(folder, port, { endpoint: origin, concurrency: 1000 });
  const bundle = `${folder}/proxy/index.mjs`;
  const ours: Variant = { name: 'ours', port, command: [process.execPath, bundle, file] };
  const binary = process.env['REFERENCE_PROXY'];
  if (!binary) return [bare, ours];
  const referenceFile = await writeProxyFile(folder, referencePort, { endpoint: origin });
  return [bare, ours, { name: 'reference', port: referencePort, command: [binary, referenceFile] }];
}

/** A file that both proxies read. */
async function writeProxyFile(folder: string, port: number, route: object): Promise<string> {
  const file = `${folder}/lrp-${port}.yaml`;
  const local = [{ hostname: 'shop.example.com', ...route }];
  await writeFile(file, JSON.stringify({ host: '127.0.0.1', port: String(port), local }));
  return file;
}
