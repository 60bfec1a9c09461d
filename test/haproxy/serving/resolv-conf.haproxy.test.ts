import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { configurationOf } from '../../../src/haproxy/assembly.ts';
import { render } from '../../../src/haproxy/render.ts';
import { checkConfiguration } from '../../../src/haproxy-process/check.ts';
import { readProxyConfig } from '../../../src/registry/config.ts';
import { freePorts } from '../../../src/sandbox/free-ports.ts';
import { service } from '../../support/haproxy/models.ts';
import { haproxyBinary, startHaproxy } from '../../support/haproxy/server.ts';

/** Runs a program in a mount namespace of its own, where /etc is empty. */
const withoutEtc = [
  'unshare',
  '--map-root-user',
  '--mount',
  'sh',
  '-c',
  'mount -t tmpfs none /etc && exec "$0" "$@"',
];
const [command = '', ...rest] = withoutEtc;
const hidesResolvConf = spawnSync(command, [...rest, 'test', '!', '-e', '/etc/resolv.conf']).status === 0;

const folder = mkdtempSync(join(tmpdir(), 'resolv-conf-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The HAProxy of the other suites on a host without resolv.conf. */
async function bareHaproxy(): Promise<string> {
  const file = join(folder, 'haproxy');
  const words = [...withoutEtc, await haproxyBinary()].map((word) => `'${word}'`);
  writeFileSync(file, `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`);
  chmodSync(file, 0o755);
  return file;
}

async function fileFor(address: string, environment = {}): Promise<{ text: string; port: number }> {
  const [port = 0] = await freePorts(1);
  const proxy = readProxyConfig({ BIND: `127.0.0.1:${port}`, STATS_BIND: '', LOG: '', ...environment });
  const servers = [{ id: 'one', address, port: 80 }];
  return {
    text: render(configurationOf([service('shop', [{ host: 'a.example' }], { servers })], proxy)),
    port,
  };
}

describe.skipIf(!hidesResolvConf)('on a host without resolv.conf, HAProxy', () => {
  it.each([
    [
      'a server is given by name, with NAMESERVERS',
      'web.internal',
      { NAMESERVERS: '10.0.0.2,[2001:db8::2]:5353' },
    ],
    ['servers are given by address, without NAMESERVERS', '10.0.0.1', {}],
  ])('starts when %s', async (_what, address, environment) => {
    const { text, port } = await fileFor(address, environment);
    await using haproxy = await startHaproxy(text, port, await bareHaproxy());
    expect(haproxy.output()).not.toMatch(/WARNING|ALERT/);
  });

  it('is stopped by a server given by name without NAMESERVERS', async () => {
    const { text } = await fileFor('web.internal');
    const { errors } = await checkConfiguration(await bareHaproxy(), text);
    expect(errors.join('\n')).toContain('/etc/resolv.conf');
  });
});
