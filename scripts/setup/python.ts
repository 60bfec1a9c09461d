import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import type { Terminal } from './terminal.ts';

/** Programs of packages of PyPI, in a virtual environment of their own. */
export interface PythonPrograms {
  readonly folder: string;
  /** With their versions. */
  readonly packages: readonly string[];
  readonly megabytes: number;
}

export function areInstalled(programs: PythonPrograms): boolean {
  return existsSync(markOf(programs));
}

/** Makes the virtual environment unless it is there; says what went wrong otherwise. */
export function installPrograms(programs: PythonPrograms, terminal: Terminal): string | undefined {
  if (areInstalled(programs)) return undefined;
  const { folder, packages, megabytes } = programs;
  terminal.say(`Installing ${packages.join(' and ')} under ${folder} (about ${megabytes} MB).`);
  const steps = [
    ['python3', '-m', 'venv', '--clear', folder],
    [`${folder}/bin/pip`, 'install', '--quiet', '--disable-pip-version-check', ...packages],
  ];
  for (const [program = '', ...args] of steps) {
    const { error, status } = spawnSync(program, args, { stdio: 'inherit' });
    if (error || status !== 0) {
      const hint = 'It needs Python 3.10 or newer with venv and pip (Debian: apt install python3-venv)';
      return `${program} ${args.join(' ')} failed. ${hint}.`;
    }
  }
  writeFileSync(markOf(programs), '');
  return undefined;
}

/** A file that is there once everything is installed, in these versions. */
function markOf({ folder, packages }: PythonPrograms): string {
  return `${folder}/installed-${packages.map((name) => name.replace(/\W+/g, '-')).join('-')}`;
}
