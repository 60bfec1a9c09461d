import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Programs of this folder; its packages (over 400 MB) are installed when the first of them runs. */
const programs: Readonly<Record<string, string>> = {
  synth: './main.ts',
  modules: './write-modules.ts',
  install: '',
};

const isThere = (path: string) => existsSync(new URL(path, import.meta.url));
const npm = (...args: string[]) =>
  execFileSync('npm', args, { cwd: fileURLToPath(new URL('..', import.meta.url)), stdio: ['ignore', 2, 2] });

const program = programs[process.argv[2] ?? ''];
if (program === undefined) throw new Error(`Name one of ${Object.keys(programs).join(', ')}.`);
if (!isThere('node_modules/cdktf')) npm('ci', '--prefix', 'infra');
if (program !== '') {
  if (!isThere('../dist/registrator.zip') || !isThere('../dist/registry.zip')) npm('run', 'build');
  process.argv.splice(2, 1);
  await import(program);
}
