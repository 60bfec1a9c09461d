import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { result, startFunctionEndpoint } from '../../support/proxy/function-endpoint.ts';
import { startTestProxy } from '../../support/proxy/proxy.ts';
import type { FileKeys } from '../../support/proxy/served-proxy.ts';
import { bytesOf, openConnection, requestOf } from '../../support/http/raw-http.ts';
import { waitUntil } from '../../support/wait-until.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxy-'));
  file = join(folder, 'lrp.yaml');
});
afterEach(async () => rm(folder, { recursive: true }));

const write = (keys: FileKeys): Promise<void> =>
  writeFile(file, JSON.stringify({ host: '127.0.0.1', port: '0', ...keys }));

/** Starts the proxy's program with the file. */
function startProgram(): { child: ChildProcess; said: () => string } {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/proxy/main.ts', file]);
  let text = '';
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, said: () => text };
}

/** What lambda-reverse-proxy gets wrong; the numbers are those of the list of its defects. */
describe('the program', () => {
  it('ends when its port is in use (24)', async () => {
    await using other = await startTestProxy({});
    await write({ port: String(other.port) });
    const { child, said } = startProgram();
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(said()).toContain(String(other.port));
    expect(said()).not.toContain('listening on');
  });

  it('takes another file at SIGHUP, and goes on (25)', async () => {
    await using endpoint = await startFunctionEndpoint(() => result('fine'));
    await write({ local: [{ hostname: 'old.example', endpoint: endpoint.url }] });
    const { child, said } = startProgram();
    const port = await waitUntil('its port', () => /listening on 127\.0\.0\.1:(\d+)/.exec(said())?.[1]);
    const connection = openConnection(Number(port));
    const status = async (host: string): Promise<number> =>
      (await connection.send(bytesOf(requestOf({ host })))).status;
    expect(await status('old.example')).toBe(200);
    await write({ local: [{ hostname: 'new.example', endpoint: endpoint.url }] });
    child.kill('SIGHUP');
    await waitUntil('the new route', async () => (await status('new.example')) === 200);
    expect(await status('old.example')).toBe(404);
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([0, null]);
  });
});
