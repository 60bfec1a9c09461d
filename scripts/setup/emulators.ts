import { areInstalled, installPrograms, type PythonPrograms } from './python.ts';
import type { Terminal } from './terminal.ts';

/** What the contract suite is also run against. */
const emulators: PythonPrograms = {
  folder: '.cache/emulators',
  packages: ['moto[server]==5.2.5', 'ministack==1.5.33'],
  megabytes: 340,
};

/** Where the executable of an emulator is once it is installed. */
export function emulatorPath(name: 'moto_server' | 'ministack'): string {
  return `${emulators.folder}/bin/${name}`;
}

export function emulatorsInstalled(): boolean {
  return areInstalled(emulators);
}

/** Installs the emulators unless they are there; says what went wrong otherwise. */
export function installEmulators(terminal: Terminal): string | undefined {
  return installPrograms(emulators, terminal);
}
