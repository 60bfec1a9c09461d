import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { runCli } from '../../../src/cli/cli.ts';
import { recordingTerminal } from '../../support/recording-terminal.ts';

describe('the HAProxy of the agent', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agent-cli-'));
    const haproxy = join(folder, 'haproxy');
    await writeFile(haproxy, '#!/bin/sh\necho "HAProxy version 3.2.0 2025/05/28"\n');
    await chmod(haproxy, 0o755);
    await writeFile(join(folder, 'services.yaml'), 'services: []\n');
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** What `agent diff` ends with, whose command line finds a HAProxy that the process itself does not. */
  async function diff(haproxy: string, env: Record<string, string> = {}): Promise<number> {
    const file = join(folder, 'agent.yaml');
    await writeFile(
      file,
      `sources: { file: { path: ${folder}/services.yaml } }\nhaproxy: { dir: ${folder}/state${haproxy} }\n`,
    );
    vi.stubEnv('PATH', join(folder, 'empty'));
    onTestFinished(() => void vi.unstubAllEnvs());
    return runCli(['agent', 'diff', file], {
      terminal: recordingTerminal(),
      env: { PATH: folder, ...env },
      reconcile: () => Promise.reject(new Error('nothing is registered here')),
    });
  }

  it('is the one that the command line finds, where none or just its name is given', async () => {
    expect(await diff('')).toBe(2);
    expect(await diff(', bin: haproxy')).toBe(2);
    expect(await diff(', bin: /nowhere/haproxy', { HAPROXY_BIN: 'haproxy' })).toBe(2);
  });

  it('is no other than the one that is named', async () => {
    expect(await diff(', bin: /nowhere/haproxy')).toBe(69);
    expect(await diff('', { HAPROXY_BIN: '/nowhere/haproxy' })).toBe(69);
    expect(await diff(', bin: /nowhere/haproxy', { HAPROXY_BIN: join(folder, 'haproxy') })).toBe(2);
  });
});
