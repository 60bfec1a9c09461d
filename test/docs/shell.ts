import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePorts } from '../../src/sandbox/free-ports.ts';
import { waitUntil } from '../support/wait-until.ts';
import { filesOf, type ShownCommand } from './pages.ts';
import { fits } from './shown-output.ts';

/** Ports that pages name where something listens. */
const pagePorts = [3000, 8080, 9000, 9090, 9091];

interface ShellOptions {
  readonly page: string;
  /** The built command line, which is what `npx lambda-registrator` runs. */
  readonly cli: string;
  readonly env: NodeJS.ProcessEnv;
  /** Ports by those of the page that they stand for; for the others there are free ones. */
  readonly ports: Readonly<Record<number, number>>;
}

/** What somebody has who reads a page: the files that it shows in a folder, and a shell there. */
export class Shell {
  static async open({ page, cli, env, ports }: ShellOptions): Promise<Shell> {
    const folder = await mkdtemp(join(tmpdir(), 'page-'));
    const free = await freePorts(pagePorts.length);
    const pairs = pagePorts.map((port, at) => [`${port}`, `${ports[port] ?? free[at]}`] as const);
    const shell = new Shell(folder, pairs, {
      ...env,
      HOME: folder,
      PATH: `${folder}/bin:${process.env['PATH']}`,
    });
    for (const [name, text] of filesOf(page)) await writeFile(join(folder, name), shell.#here(text));
    await mkdir(join(folder, 'bin'));
    const npx = join(folder, 'bin/npx');
    await writeFile(npx, `#!/bin/sh\nshift\nexec ${process.execPath} ${resolve(cli)} "$@"\n`);
    await chmod(npx, 0o755);
    return shell;
  }

  readonly #folder: string;
  readonly #ports: readonly (readonly [shown: string, here: string])[];
  readonly #env: NodeJS.ProcessEnv;
  readonly #behind: ChildProcess[] = [];
  #exports = '';

  private constructor(folder: string, ports: readonly (readonly [string, string])[], env: NodeJS.ProcessEnv) {
    this.#folder = folder;
    this.#ports = ports;
    this.#env = env;
  }

  /** Types a command, and tells what it says, as the page would. */
  async type({ command, output }: ShownCommand, env: NodeJS.ProcessEnv = {}): Promise<string[]> {
    if (command.endsWith(' &')) return this.#leaveBehind(command.slice(0, -2), output, env);
    if (command.startsWith('export ')) {
      this.#exports += `${command}\n`;
      return [];
    }
    let said: string[] = [];
    const ask = async (): Promise<boolean> => {
      const { ended, lines } = this.#start(command, env);
      await ended;
      said = lines();
      return fits(said, output);
    };
    // What a request asks for may not be there yet; whoever called compares what was said last.
    if (command.startsWith('curl ')) await waitUntil('the answer', ask).catch(() => undefined);
    else await ask();
    return said;
  }

  /** Starts what goes on behind the prompt, and leaves it when it has said what the page shows. */
  async #leaveBehind(command: string, output: readonly string[], env: NodeJS.ProcessEnv): Promise<string[]> {
    // What is ended later is the program, not a shell before it.
    const { child, lines } = this.#start(`exec ${command}`, env);
    this.#behind.push(child);
    await waitUntil('what the page shows', () => fits(lines(), output)).catch(() => undefined);
    return lines();
  }

  /** Ends what goes on behind the prompt. */
  async close(): Promise<void> {
    const running = this.#behind.filter(
      ({ exitCode, signalCode }) => exitCode === null && signalCode === null,
    );
    const ended = running.map((child) => once(child, 'exit'));
    running.forEach((child) => child.kill('SIGTERM'));
    await Promise.all(ended);
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 });
  }

  #start(command: string, env: NodeJS.ProcessEnv) {
    let text = '';
    const child = spawn('bash', ['-c', `${this.#exports}${this.#here(command)}`], {
      cwd: this.#folder,
      env: { ...this.#env, ...env },
      // Longer than any page takes, so that nothing outlives a test that gave up.
      timeout: 90_000,
    });
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    return {
      child,
      ended: once(child, 'close'),
      lines: () =>
        this.#asShown(text.trimEnd())
          .split('\n')
          .filter((line) => line !== ''),
    };
  }

  /** A text of the page with the ports of this machine. */
  #here(text: string): string {
    return this.#ports.reduce(
      (all, [shown, here]) => all.replaceAll(new RegExp(`\\b${shown}\\b`, 'g'), here),
      text,
    );
  }

  #asShown(text: string): string {
    const folder = text.replaceAll(this.#folder, '.');
    return this.#ports.reduce(
      (all, [shown, here]) => all.replaceAll(new RegExp(`\\b${here}\\b`, 'g'), shown),
      folder,
    );
  }
}
