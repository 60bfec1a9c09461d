import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { beforeEach, describe, expect, it } from 'vitest';
import { type ServerCommand, startServerProcess } from '../../src/local/server-process.ts';
import { freePorts } from '../../src/sandbox/free-ports.ts';
import { waitUntil } from '../support/wait-until.ts';

/** A program of Node as a server that is ready at once. */
function serverOf(program: string, others: Partial<ServerCommand> = {}): ServerCommand {
  return {
    name: 'Example',
    binary: process.execPath,
    args: ['-e', program],
    isReady: () => Promise.resolve(true),
    startsWithinMs: 20_000,
    endedBy: 'SIGKILL',
    ...others,
  };
}

const forever = 'setInterval(() => {}, 1000);';

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('a server process', () => {
  it('is there once it is ready, whatever refuses until then, and gone once it is disposed of', async () => {
    const [port = 0] = await freePorts(1);
    const url = `http://127.0.0.1:${port}`;
    const program = `setTimeout(() => require('node:http').createServer((_, answer) => answer.end('here')).listen(${port}, '127.0.0.1'), 200);`;
    let pid: number;
    {
      await using server = await startServerProcess(
        serverOf(program, { isReady: async () => (await fetch(url)).ok }),
      );
      pid = server.pid;
      expect(await (await fetch(url)).text()).toBe('here');
    }
    expect(isAlive(pid)).toBe(false);
  });

  it('tells what it wrote', async () => {
    await using server = await startServerProcess(
      serverOf(`console.log('said'); console.error('cried'); ${forever}`),
    );
    await waitUntil('both words', () => /said/.test(server.output()) && /cried/.test(server.output()));
    expect(server.output().split('\n').filter(Boolean).toSorted()).toEqual(['cried', 'said']);
  });

  it('that ends before it is ready is an error with its last words', async () => {
    const program = `process.stderr.write('x'.repeat(100_000) + 'no such file', () => process.exit(3));`;
    const starting = startServerProcess(serverOf(program, { isReady: () => Promise.resolve(false) }));
    await expect(starting).rejects.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      message: expect.stringMatching(
        /^Example did not start: it ended with status 3\. .*\nx{1988}no such file$/s,
      ) as string,
    });
  });

  it('that is not ready in time is an error, and does not run on', async () => {
    let pid = 0;
    const command = serverOf(`console.log(process.pid); ${forever}`, {
      isReady: () => Promise.reject(new Error('connection refused')),
      startsWithinMs: 1_000,
    });
    await expect(startServerProcess(command)).rejects.toSatisfy((error: Error) => {
      pid = Number(/\d+$/.exec(error.message.trim())?.[0]);
      return error.message.includes('it was not ready after 1 s');
    });
    expect(isAlive(pid)).toBe(false);
  });

  it.each([
    ['is not there', './nothing'],
    ['cannot be run', './package.json'],
  ])('whose binary %s is an error', async (_what, binary) => {
    await expect(startServerProcess(serverOf('', { binary }))).rejects.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      message: expect.stringContaining(`Example did not start: spawn ${binary} `) as string,
    });
  });

  it('that does not heed the signal is killed', async () => {
    const program = `process.on('SIGTERM', () => {}); console.log('deaf'); ${forever}`;
    const server = await startServerProcess(serverOf(program, { endedBy: 'SIGTERM' }));
    await waitUntil('the handler', () => server.output().includes('deaf'));
    await server.end();
    expect(isAlive(server.pid)).toBe(false);
  });

  describe('under a guard', () => {
    const heard: string[] = [];
    const guard = {
      keep: (pid: number) => void heard.push(`keep ${pid}`),
      release: (pid: number) => void heard.push(`release ${pid}`),
      lost: (name: string, how: string) => void heard.push(`lost ${name}: ${how}`),
    };
    beforeEach(() => heard.splice(0));

    it('is known to it from its start to its end', async () => {
      const server = await startServerProcess(serverOf(forever, { guard }));
      expect(heard).toEqual([`keep ${server.pid}`]);
      await server.end();
      expect(heard).toEqual([`keep ${server.pid}`, `release ${server.pid}`]);
    });

    it('is told as lost when somebody else ends it', async () => {
      const server = await startServerProcess(serverOf(forever, { guard }));
      process.kill(server.pid, 'SIGKILL');
      await waitUntil('its end', () => heard.length > 1);
      expect(heard).toEqual([`keep ${server.pid}`, `release ${server.pid}`, 'lost Example: SIGKILL']);
    });
  });

  it('ends with the process that started it', async () => {
    const command = `{ ...${JSON.stringify(serverOf(forever, { detached: true }))}, isReady: () => Promise.resolve(true) }`;
    const program = `
      import { startServerProcess } from './src/local/server-process.ts';
      const { pid } = await startServerProcess(${command});
      process.stdout.write(String(pid), () => process.exit());
    `;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program]);
    const [pid] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    expect(Number(pid)).toBeGreaterThan(0);
    await waitUntil('its end', () => !isAlive(Number(pid)));
  });
});
