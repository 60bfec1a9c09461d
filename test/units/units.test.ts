import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAgentConfig } from '../../src/agent/config.ts';
import { errorCodes } from '../../src/core/errors.ts';
import { readProxyConfig } from '../../src/proxy/config.ts';
import { readUnit } from '../support/installation/unit-file.ts';

const services = ['lambda-agent', 'lambda-proxy', 'lambda-registry'];
const hardened = {
  DynamicUser: 'yes',
  NoNewPrivileges: 'yes',
  ProtectSystem: 'strict',
  ProtectHome: 'yes',
  PrivateTmp: 'yes',
  PrivateDevices: 'yes',
  RestrictNamespaces: 'yes',
  SystemCallFilter: '@system-service',
};

/** Codes of faults that a restart cannot cure. */
const { USAGE, FILE_UNREADABLE, CONFIG_INVALID, NOT_FOUND } = errorCodes;
const incurable = [USAGE, FILE_UNREADABLE, CONFIG_INVALID].map(({ exitCode }) => exitCode);

describe.each(services)('%s.service', (name) => {
  const unit = readUnit(`units/${name}.service`);

  it('may little', () => {
    expect(Object.fromEntries(Object.keys(hardened).map((key) => [key, unit.last(key)]))).toEqual(hardened);
  });

  it('may bind low ports where it has to, and nothing else that root may', () => {
    const wanted = name === 'lambda-agent' ? 'CAP_NET_BIND_SERVICE' : undefined;
    expect([unit.last('AmbientCapabilities'), unit.last('CapabilityBoundingSet')]).toEqual([wanted, wanted]);
    expect(readFileSync(`units/${name}.service`, 'utf8')).toMatch(/^CapabilityBoundingSet=/m);
  });

  it('is started anew after a failure, unless that would fail again', () => {
    expect(unit.last('Restart')).toBe('on-failure');
    const codes = [...incurable, ...(name === 'lambda-agent' ? [NOT_FOUND.exitCode] : [])];
    const told = unit.last('RestartPreventExitStatus')?.split(' ').map(Number) ?? [];
    expect(new Set(told)).toEqual(new Set(codes));
  });

  it('gives the program time to end', () => {
    const agent = readAgentConfig('sources: { consul: {} }', 'agent.yaml', {}).config;
    const proxy = readProxyConfig('', 'lrp.yaml', {}).config;
    const leastMs = Math.max(agent.haproxy.graceMs + 5_000, proxy.limits.graceMs);
    expect(Number(/^(\d+)s$/.exec(unit.last('TimeoutStopSec') ?? '')?.[1]) * 1000).toBeGreaterThan(leastMs);
  });

  it('keeps what it has to in folders of its own', () => {
    const named = unit.last('ExecStart')?.match(/\/var\/lib\/[\w-]+/g) ?? [];
    const state = new Set(unit.all('StateDirectory').map((folder) => `/var/lib/${folder}`));
    expect(named.filter((folder) => !state.has(folder))).toEqual([]);
  });
});

it('reloads by SIGHUP what reloads', () => {
  const reloads = services.map((name) => readUnit(`units/${name}.service`).last('ExecReload'));
  expect(reloads).toEqual(['/bin/kill -HUP $MAINPID', '/bin/kill -HUP $MAINPID', undefined]);
});

it('runs the driven HAProxy and its agent as one user, in one folder', () => {
  const agent = readUnit('units/lambda-agent.service', 'units/lambda-agent.service.d/drive.conf');
  const haproxy = readUnit('units/haproxy.service.d/agent.conf');
  expect([agent.last('User'), agent.last('DynamicUser')]).toEqual([haproxy.last('User'), 'no']);
  expect(agent.last('CapabilityBoundingSet')).toBeUndefined();
  const folder = `/var/lib/${agent.last('StateDirectory')}`;
  expect(haproxy.last('Environment')).toContain(`CONFIG=${folder}/haproxy.cfg`);
  expect(readFileSync('units/tmpfiles.conf', 'utf8')).toContain(
    `C ${folder}/haproxy.cfg 0640 haproxy haproxy -`,
  );
});

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

describe.skipIf(!hasSystemd)('systemd', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'units-'));
    const sources = readdirSync('units').filter((name) => /\.service(\.d)?$/.test(name));
    for (const name of sources) cpSync(join('units', name), join(folder, name), { recursive: true });
    for (const name of services) {
      const file = join(folder, `${name}.service`);
      // The program is not installed here.
      writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/\/opt\/\S+/g, process.execPath));
    }
    mkdirSync(join(folder, 'plain'));
    for (const name of services)
      cpSync(join(folder, `${name}.service`), join(folder, 'plain', `${name}.service`));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const analyze = (...words: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync('systemd-analyze', words, { encoding: 'utf8' });
    return { status, said: `${stdout}${stderr}` };
  };

  it.each(['.', 'plain'])('has nothing to say of the units in %s', (place) => {
    const files = services.map((name) => join(folder, place, `${name}.service`));
    const { status, said } = analyze('verify', ...files);
    // Of the machine's own units it may have something to say.
    expect(said.split('\n').filter((line) => line.includes(folder) || line.includes('lambda-'))).toEqual([]);
    expect(status).toBe(0);
  });

  it.each(services)('finds %s little exposed', (name) => {
    const file = join(folder, 'plain', `${name}.service`);
    const isOffline = analyze('security', '--help').said.includes('--offline');
    expect(isOffline ? analyze('security', '--offline=yes', '--threshold=20', file).status : 0).toBe(0);
  });
});
