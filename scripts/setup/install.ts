import { messageOf } from '../../src/core/errors.ts';
import { findProgram, type Places, type Program } from '../../src/local/binaries.ts';
import { installPackage } from './debian.ts';
import { installRelease, type Release } from './hashicorp.ts';
import type { Terminal } from './terminal.ts';

const byHand: Record<Program['name'], string> = {
  consul: `  Debian, Ubuntu   https://developer.hashicorp.com/consul/install (HashiCorp's apt archive), then: apt-get install consul
  Fedora           https://developer.hashicorp.com/consul/install (HashiCorp's dnf archive), then: dnf install consul
  macOS            brew install hashicorp/tap/consul`,
  haproxy: `  Debian, Ubuntu   apt-get install haproxy (2.6 or newer)
  Fedora           dnf install haproxy
  macOS            brew install haproxy`,
};

/** How to find or install one program. */
export interface Installation {
  program: Program;
  places: Places;
  /** For programs that HashiCorp publishes. */
  release: Release | undefined;
  terminal: Terminal;
  /** Says nothing of a program that is there. */
  quiet: boolean;
}

/**
 * Finds `program` or installs it, and says which.
 * @returns undefined, or why there is none and what to do about it
 */
export async function ensureProgram(installation: Installation): Promise<string | undefined> {
  const { program, places, terminal, quiet } = installation;
  const found = await findProgram(program, places);
  if (found) {
    if (!quiet) terminal.say(`${program.name}: ${found}`);
    return undefined;
  }
  terminal.say(`${program.name} is not on this machine; installing it under ${places.cache}`);
  try {
    const from = await install(installation);
    const installed = await findProgram(program, places);
    if (!installed) throw new Error(`${from} is too old`);
    terminal.say(`${program.name}: ${installed}, from ${from}`);
    return undefined;
  } catch (error) {
    return `${program.name} could not be installed: ${messageOf(error)}\nInstall it and put it on PATH, or name it in ${program.variable}:\n${byHand[program.name]}`;
  }
}

/** @returns where it came from */
async function install({ program, places, release, terminal }: Installation): Promise<string> {
  if (release && (await installRelease(program, release, places.cache, terminal))) {
    return `${release.site}, version ${release.version}`;
  }
  await installPackage(program, places.cache, terminal);
  return "the distribution's package";
}
