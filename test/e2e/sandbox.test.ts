import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
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
});
afterAll(async () => built.remove());

interface Running {
  child: ChildProcess;
  /** All that it said so far. */
  said: () => string;
}

function start(command: string, args: readonly string[]): Running {
  const child = spawn(command, args, { env: { ...process.env, TMPDIR: temporary } });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, said: () => text.replaceAll('\r', '') };
}

/** Neither a server of those whose addresses were told, nor a file. */
async function expectNothingLeft(said: string): Promise<void> {
  const addresses = said.match(/(?<= (is at|played by) )http:\/\/127\.0\.0\.1:\d+/g) ?? [];
  expect(addresses.length).toBeGreaterThanOrEqual(2);
  for (const address of addresses) await expect(fetch(address)).rejects.toThrow('fetch failed');
  expect(await readdir(temporary)).toEqual([]);
}

/** The last catalog that was printed, as the names of its services; the registry's chapter shows none. */
function lastCatalog(said: string): string[] {
  const heading = [...said.matchAll(/^SERVICE +NODE/gm)].at(-1);
  const table = said.slice(heading?.index).split(/\r?\n\r?\n/)[0] ?? '';
  const [, ...rows] = table.trimEnd().split(/\r?\n/);
  return rows.map((row) => row.split(' ')[0] ?? '');
}

/** What the agent's chapter comes to. */
const agentSeen = [
  /Its status page is at http:\/\/127\.0\.0\.1:\d+\//,
  /^shop .*shop-1 \(127\.0\.0\.1:\d+, drain\), \S+shop-2 \(\S+, up\)$/m,
  /^ {2}shop-2, shop-2, shop-2, shop-2$/m,
];

describe('the sandbox', () => {
  it('shows the demonstration on real Consul and ends, leaving nothing', async () => {
    const { child, said } = start('node', [cli, 'sandbox', '--once']);
    const [code] = (await once(child, 'close')) as [number];
    expect(said()).not.toContain('error:');
    expect(code).toBe(0);
    expect(lastCatalog(said())).toEqual(
      ['catalog', 'checkout', 'checkout-beta', 'checkout-live', 'images', 'invoices', 'orders'].concat([
        'payments',
        'recommendations',
        'thumbnails',
      ]),
    );
    for (const told of [
      '+ billing',
      '- billing',
      '! payments (conflict)',
      'x legacy-import (TAG_INVALID)',
      'lift-off',
    ]) {
      expect(said()).toContain(told);
    }
    // The agent is shown where there is a HAProxy.
    const chapter = said().split('\n# The agent')[1];
    const seen = chapter === undefined ? agentSeen : agentSeen.filter((line) => line.test(chapter));
    expect(seen).toEqual(agentSeen);
    for (const line of readmeOutput('npm run demo -- --once')) {
      expect(said()).toContain(line.replace(/ \S+ is at .*| by http.*/, ''));
    }
    await expectNothingLeft(said());
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('leaves nothing after %s', async (signal) => {
    const { child, said } = start('node', [cli, 'sandbox', '--once']);
    await waitUntil('the first sync', () => said().includes('## EventBridge'));
    child.kill(signal);
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(130);
    await expectNothingLeft(said());
  });

  it('stays up on a terminal, reconciling what other commands change, until Ctrl-C', async () => {
    const { child, said } = start('script', ['-qfec', `node ${cli} sandbox`, '/dev/null']);
    await waitUntil('the end of the demonstration', () => said().includes('The sandbox stays up'));
    const sandbox = (...args: string[]): number | null =>
      spawnSync('node', [cli, 'sandbox', ...args], { env: { ...process.env, TMPDIR: temporary } }).status;

    expect(sandbox('create', 'invoice-mails', 'enabled=true', 'service-name=mails')).toBe(0);
    await waitUntil('the new service', () => lastCatalog(said()).includes('mails'));
    expect(sandbox('untag', 'invoice-mails')).toBe(0);
    await waitUntil('its end', () => !lastCatalog(said()).includes('mails'));
    expect(sandbox('tag', 'reports')).toBe(0);
    await waitUntil('the tagged function', () => lastCatalog(said()).includes('reports'));
    expect(sandbox('delete', 'reports')).toBe(0);
    await waitUntil('the deleted function', () => !lastCatalog(said()).includes('reports'));
    expect(sandbox('delete', 'reports')).toBe(69);
    expect(sandbox('tag', 'orders', 'enabled')).toBe(64);
    expect(sandbox('create', 'bad name!')).toBe(64);

    child.stdin?.write('\u0003');
    await once(child, 'close');
    await expectNothingLeft(said());
  });

  it('joins a second datacenter, to which a function moves and from which it comes back', async () => {
    const { child, said } = start('node', [cli, 'sandbox', '--once', '--datacenters', '2']);
    const ended = once(child, 'close');
    const joined = /Datacenter dc2, joined over the WAN, is at (\S+)/;
    const second = await waitUntil('the second datacenter', () => joined.exec(said())?.[1]);
    const listed = await fetch(`${second}/v1/catalog/datacenters`);
    expect(await listed.json()).toEqual(['dc2', 'dc1']);
    expect(await ended).toEqual([0, null]);
    expect(said()).not.toContain('error:');
    const chapter = said().split('\n# ')[1] ?? '';
    const moves = chapter.split('\n## ').map((step) => step.match(/^[-+] +dc\d +\S+/gm) ?? []);
    expect(moves).toEqual([
      [],
      [expect.stringMatching(/^- +dc1 +orders$/), expect.stringMatching(/^\+ +dc2 +orders$/)],
      [expect.stringMatching(/^- +dc2 +orders$/), expect.stringMatching(/^\+ +dc1 +orders$/)],
    ]);
    await expectNothingLeft(said());
  });

  it('tells commands when no sandbox runs', () => {
    const { status, stderr } = spawnSync('node', [cli, 'sandbox', 'create', 'x'], {
      encoding: 'utf8',
      env: { ...process.env, TMPDIR: temporary },
    });
    expect({ status, stderr }).toEqual({
      status: 64,
      stderr: 'error: No sandbox is running: start one with lambda-registrator sandbox.\n',
    });
  });
});
