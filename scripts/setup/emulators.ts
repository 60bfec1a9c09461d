import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import type { Terminal } from './terminal.ts';

/** The Python programs that the contract suite is also run against. */
const emulatorPackages = ['moto[server]==5.2.5', 'ministack==1.5.33'];

const folder = '.cache/emulators';
const mark = `${folder}/installed-${emulatorPackages.map((name) => name.replace(/\W+/g, '-')).join('-')}`;

/** Where the executable of an emulator is once it is installed. */
export function emulatorPath(name: 'moto_server' | 'ministack'): string {
  return `${folder}/bin/${name}`;
}

export function emulatorsInstalled(): boolean {
  return existsSync(mark);
}

/** Makes a virtual environment with the emulators unless it is there; says what went wrong otherwise. */
export function installEmulators(terminal: Terminal): string | undefined {
  if (emulatorsInstalled()) return undefined;
  terminal.say(`Installing ${emulatorPackages.join(' and ')} under ${folder} (about 340 MB).`);
  const steps = [
    ['python3', '-m', 'venv', '--clear', folder],
    [`${folder}/bin/pip`, 'install', '--quiet', '--disable-pip-version-check', ...emulatorPackages],
  ];
  for (const [program = '', ...args] of steps) {
    const { error, status } = spawnSync(program, args, { stdio: 'inherit' });
    if (error || status !== 0) {
      const hint = 'The contract suite needs Python 3.10 or newer with venv and pip, for the emulators alone';
      return `${program} ${args.join(' ')} failed. ${hint} (Debian: apt install python3-venv).`;
    }
  }
  writeFileSync(mark, '');
  return undefined;
}
