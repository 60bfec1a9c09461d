import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { programs, requireProgram } from '../../src/local/binaries.ts';
import { ask } from '../../src/sandbox/requests.ts';
import { type Built, buildAll } from '../support/built.ts';
import { readmeOutput } from '../support/readme.ts';
import { waitUntil } from '../support/wait-until.ts';

let built: Built;
let cli: string;
/** Temporary files of the runs, which must leave none. */
let temporary: string;

beforeAll(async () => {
  built = await buildAll();
  ({ cli } = built);
  temporary = path.resolve(built.folder, 'tmp');
  await mkdir(temporary);
  // Without it half of the demonstration would be left out, and nobody would notice.
  await requireProgram(programs.haproxy, { environment: process.env, cache: '.cache' });
});
afterAll(async () => built.remove());

interface Running {
  readonly child: ChildProcess;
  /** All that it said so far. */
  readonly said: () => string;
}

const environment = (): NodeJS.ProcessEnv => ({ ...process.env, TMPDIR: temporary });

function start(command: string, args: readonly string[]): Running {
  const child = spawn(command, args, { env: environment() });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, said: () => text.replaceAll('\r', '') };
}

/** Starts it on a terminal of its own. */
function startOnTerminal(): Running {
  return start('script', ['-qfec', `node ${cli} sandbox`, '/dev/null']);
}

/** Neither a server of those whose addresses were told, nor a process, nor a file. */
async function untilNothingIsLeft(said: string): Promise<void> {
  const addresses = said.split('\n## ')[0]?.match(/http:\/\/127\.0\.0\.1:\d+/g) ?? [];
  expect(addresses.length).toBeGreaterThanOrEqual(6);
  for (const address of addresses)
    await waitUntil(`the end of ${address}`, () =>
      fetch(address).then(
        () => false,
        () => true,
      ),
    );
  await waitUntil('the end of all processes', () => {
    const { stdout } = spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
    return !stdout.includes(temporary) && !stdout.includes(path.resolve(built.folder));
  });
  await waitUntil('no file', async () => (await readdir(temporary)).length === 0);
}

/** A line without what differs from run to run. */
function constant(line: string): string {
  return line
    .replace(/^(Consul|HAProxy) \d\S*/, '$1')
    .replaceAll(/\d+(\.\d+)*/g, '#')
    .replaceAll(/ {2,}/g, ' ');
}

/** What each chapter comes to. */
const story = [
  /^ {2}orders +lambdas +orders +synchronous$/m,
  /^ {2}! payments \(conflict\): /m,
  /^ {2}x legacy-import \(TAG_INVALID\): /m,
  /^ {2}9 created, 1 skipped, 1 failed$/m,
  /^ {2}\+ echo .*\n\$ curl .*\n {2}200, \d+\.\d s after the tag; .*\n {2}\{"rawPath":"\/a%2Fb"/m,
  /^ {2}streamed: three \(0\.0 s\).*lift-off/m,
  /^ {2}image\/png: 117 bytes, which begin with 89504e470d0a1a0a$/m,
  /^ {2}- echo .*\n\$ curl .*\n {2}404, \d+\.\d s after the tag went$/m,
  /^ {2}shop-1 drains; .*: shop-2, shop-2, shop-2, shop-2$/m,
  /^ {2}shop-1 is back; \d+ requests meanwhile, 0 failed$/m,
  /^ {2}[1-9]\d* of \d+ calls failed, and a full sync finds nothing to change$/m,
  /^ {2}shop\.example\.com +shop +shop-1 \(127\.0\.0\.1:\d+\), shop-2/m,
  /^ {2}shop-2, shop-2, shop-2, shop-2$/m,
  /^ {2}it has process (\d+), not restarted or reloaded; \d+ requests, 0 failed$/m,
  /^ {2}- orders in dc1\n {2}\+ orders in dc2$/m,
  /^ {2}- orders in dc2\n {2}\+ orders in dc1$/m,
];

describe('the sandbox', () => {
  it('shows the demonstration on real Consul and HAProxy and ends, leaving nothing', async () => {
    const { child, said } = start('node', [cli, 'sandbox', '--once', '--datacenters', '2']);
    const [code] = (await once(child, 'close')) as [number];
    const text = said();
    expect(text).not.toContain('error:');
    expect(story.filter((line) => !line.test(text))).toEqual([]);
    expect(code).toBe(0);
    expect(text.split('\n').length).toBeLessThan(110);
    const shown = new Set(text.split('\n').map(constant));
    expect(readmeOutput('npm run demo -- --once').filter((line) => !shown.has(constant(line)))).toEqual([]);
    await untilNothingIsLeft(text);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 130],
    ['SIGKILL', null],
  ] as const)('leaves nothing after %s', async (signal, expected) => {
    const { child, said } = start('node', [cli, 'sandbox', '--once']);
    await waitUntil('the second chapter', () => said().includes('\n## 2.'));
    child.kill(signal);
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(code).toBe(expected);
    await untilNothingIsLeft(said());
  });

  it('ends with its terminal, leaving nothing', async () => {
    const { child, said } = startOnTerminal();
    await waitUntil('the second chapter', () => said().includes('\n## 2.'));
    child.kill('SIGKILL');
    await untilNothingIsLeft(said());
    expect(said()).not.toContain('stays up');
  });

  it('stays up on a terminal, showing what other commands change, until Ctrl-C', async () => {
    const { child, said } = startOnTerminal();
    await waitUntil('the first chapter', () => said().includes('\n## 1.'));
    const sandbox = (...args: string[]) => {
      const { status, stdout, stderr } = spawnSync('node', [cli, 'sandbox', ...args], {
        env: environment(),
        encoding: 'utf8',
      });
      return { status, text: stdout + stderr };
    };
    const second = startOnTerminal();
    await once(second.child, 'close');
    expect(second.said()).toMatch(/^error: A sandbox is running already \(process \d+\)/);

    await waitUntil('the end of the demonstration', () => said().includes('The sandbox stays up'), 60_000);
    const shows = (line: string): Promise<boolean> =>
      waitUntil(line, () => said().split('stays up')[1]?.includes(`\n  ${line}\n`));
    const tags = ['enabled=true', 'service-name=mails', 'route-host=mails.example.com'];
    expect(sandbox('create', 'invoice-mails', ...tags).status).toBe(0);
    await shows('\u001b[32m+\u001b[39m mails');
    const [, entry] = /^HAProxy .*:(\d+)\//m.exec(said()) ?? [];
    const mails = { host: 'mails.example.com', path: '/' };
    await waitUntil('an answer', async () => (await ask(Number(entry), mails)).status === 200);
    expect(sandbox('untag', 'invoice-mails').status).toBe(0);
    await shows('\u001b[31m-\u001b[39m mails');
    expect(sandbox('delete', 'reports').status).toBe(0);
    await shows('\u001b[31m-\u001b[39m reports');

    expect(sandbox('faults')).toEqual({ status: 0, text: 'Faults: off\n' });
    expect(sandbox('faults', 'throttle=30', 'drop=5').text).toBe('Faults: throttle 30 %, drop 5 %\n');
    await waitUntil('the faults', () => said().includes('\nFaults: throttle 30 %, drop 5 %\n'));
    expect(sandbox('faults').text).toBe('Faults: throttle 30 %, drop 5 %\n');
    expect(sandbox('tag', 'image-resizer', 'service-name=pictures').status).toBe(0);
    await shows('\u001b[32m+\u001b[39m pictures');
    expect(sandbox('faults', 'off')).toEqual({ status: 0, text: 'Faults: off\n' });

    expect(sandbox('delete', 'reports').status).toBe(69);
    expect(sandbox('tag', 'orders', 'enabled').status).toBe(64);
    expect(sandbox('create', 'bad name!').status).toBe(64);
    expect(sandbox('faults', 'throtle=30').text).toContain('Did you mean throttle?');

    spawnSync('pkill', ['-9', '-f', path.resolve(built.folder, 'proxy/index.mjs')]);
    await waitUntil('what ended', () => said().includes('The proxy has ended (SIGKILL), and the sandbox'));

    child.stdin?.write('\u0003');
    await once(child, 'close');
    await untilNothingIsLeft(said());
  });

  it('tells commands when no sandbox runs', () => {
    const { status, stderr } = spawnSync('node', [cli, 'sandbox', 'faults'], {
      encoding: 'utf8',
      env: environment(),
    });
    expect({ status, stderr }).toEqual({
      status: 64,
      stderr: 'error: No sandbox is running: start one with lambda-registrator sandbox.\n',
    });
  });
});
