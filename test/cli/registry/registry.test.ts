import { type IncomingMessage, createServer } from 'node:http';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runCli } from '../../../src/cli/cli.ts';
import { type RegistryServer, startRegistryServer } from '../../../src/registry/server.ts';
import { type RecordingTerminal, recordingTerminal } from '../../support/recording-terminal.ts';
import { MemoryTable, candidate, registryOn, tableName } from '../../support/registry/registry.ts';

let folder: string;
let payloadFile: string;
let terminal: RecordingTerminal;

const payload = { table: tableName, running: [], candidates: [candidate('web', { w1: '10.0.0.1' })] };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'registry-cli-'));
  payloadFile = join(folder, 'payload.json');
  await writeFile(payloadFile, JSON.stringify(payload));
  terminal = recordingTerminal();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A stand-in for the binary whose check ends with `status`. */
async function haproxy(status: number): Promise<string> {
  const file = join(folder, 'haproxy');
  await writeFile(file, `#!/bin/sh\necho '[ALERT] (1) : config : no good' >&2\nexit ${status}\n`, {
    mode: 0o755,
  });
  return file;
}

async function run(args: readonly string[], env: Record<string, string> = {}): Promise<number> {
  const reconcile = () => Promise.reject(new Error('not asked for'));
  return runCli(args, { terminal, env: { HAPROXY_BIN: await haproxy(0), ...env }, reconcile });
}

describe('render', () => {
  it('prints the configuration for a payload', async () => {
    expect(await run(['render', payloadFile], { BIND: ':8088' })).toBe(0);
    expect(terminal.out.join('\n')).toMatch(
      /bind :8088\n[^]*backend r_web\.example\.com\n[^]*10\.0\.0\.1:8080/,
    );
  });

  it('keeps candidates that have no containers', async () => {
    await writeFile(payloadFile, JSON.stringify({ ...payload, candidates: [candidate('idle')] }));
    await run(['render', payloadFile]);
    expect(terminal.out.join('\n')).toContain('backend r_idle.example.com');
  });

  it('ends with 65 for an invalid payload, and says what is wrong with it', async () => {
    await writeFile(payloadFile, JSON.stringify({ table: 't', running: [{}] }));
    expect(await run(['render', payloadFile])).toBe(65);
    expect(terminal.err.join('\n')).toContain('running[0].serviceName is required');
    await writeFile(payloadFile, '{');
    expect(await run(['render', payloadFile])).toBe(65);
    expect(await run(['render', join(folder, 'nothing')])).toBe(66);
  });

  it('ends with 70 when HAProxy refuses the result, unless it is not asked', async () => {
    const env = { HAPROXY_BIN: await haproxy(1) };
    const reconcile = () => Promise.reject(new Error('not asked for'));
    expect(await runCli(['render', payloadFile], { terminal, env, reconcile })).toBe(70);
    expect(terminal.err.join('\n')).toContain('no good');
    expect(await runCli(['render', '--no-check', payloadFile], { terminal, env, reconcile })).toBe(0);
  });
});

describe('registry push', () => {
  let server: RegistryServer;
  let url: string;
  let config: string;

  beforeEach(async () => {
    const { app } = registryOn(new MemoryTable());
    server = await startRegistryServer(app, { address: '127.0.0.1', port: 0 });
    url = `http://127.0.0.1:${server.port}`;
    config = join(folder, 'haproxy.cfg');
  });
  afterEach(() => server[Symbol.asyncDispose]());

  it('prints what the registry answers where no file is named', async () => {
    expect(await run(['registry', 'push', payloadFile, '--url', url])).toBe(0);
    expect(terminal.out.join('\n')).toContain('10.0.0.1:8080');
  });

  it('brings the answer into use once, and does nothing for the same answer', async () => {
    const mark = join(folder, 'reloaded');
    const args = ['registry', 'push', payloadFile, '--url', `${url}/generate`, '--config', config];
    expect(await run([...args, '--reload', `touch ${mark}`])).toBe(0);
    expect(await readFile(config, 'utf8')).toContain('10.0.0.1:8080');
    expect(await readFile(mark, 'utf8')).toBe('');
    expect(await run([...args, '--reload', 'false'])).toBe(0);
    expect(terminal.err.at(-1)).toBe('Nothing changed.');
    await run([...args, '--json']);
    expect(JSON.parse(terminal.out.at(-1) ?? '')).toEqual({ changed: false, inUse: true, file: config });
  });

  it('says that a file is only written where nothing reloads HAProxy, and reloads it when something can', async () => {
    const mark = join(folder, 'reloaded');
    const args = ['registry', 'push', payloadFile, '--url', url, '--config', config];
    expect(await run(args)).toBe(0);
    expect(terminal.err.at(-1)).toMatch(/haproxy\.cfg is written, HAProxy not reloaded: /);
    await run([...args, '--json']);
    expect(JSON.parse(terminal.out.at(-1) ?? '')).toEqual({ changed: false, inUse: false, file: config });
    expect(await run([...args, '--reload', `touch ${mark}`])).toBe(0);
    expect(await readFile(mark, 'utf8')).toBe('');
    expect(terminal.err.at(-1)).toBe(`${config} is in use.`);
  });

  it('keeps the file when the payload is refused', async () => {
    await writeFile(config, 'old\n');
    await writeFile(payloadFile, JSON.stringify({ ...payload, table: 'other' }));
    expect(await run(['registry', 'push', payloadFile, '--url', url, '--config', config])).toBe(77);
    await writeFile(payloadFile, JSON.stringify({ table: tableName }));
    expect(await run(['registry', 'push', payloadFile, '--url', url, '--config', config])).toBe(65);
    expect(terminal.err.join('\n')).toContain('running is required');
    expect(await readFile(config, 'utf8')).toBe('old\n');
  });

  it('refuses to send a bearer token in the clear, and wants one from a file', async () => {
    await writeFile(join(folder, 'token'), 'secret\n');
    const token = ['--token-file', join(folder, 'token')];
    expect(await run(['registry', 'push', payloadFile, '--url', 'http://lb.example', ...token])).toBe(64);
    expect(await run(['registry', 'push', payloadFile, '--url', url, '--auth', 'bearer'])).toBe(64);
    const wrong = ['registry.example', 'ftp://me:b1gs3cr3t@lb', 'https://me:b1gs3cr3t@lb.example/generate'];
    for (const value of wrong) {
      expect(await run(['registry', 'push', payloadFile, '--url', value])).toBe(64);
      expect(terminal.err.at(-1)).toMatch(/--url must be/);
    }
    expect(terminal.err.join()).not.toContain('b1gs3cr3t');
  });
});

describe('what registry push sends', () => {
  /** Lets `args` push to a server that answers with `answer`, and gives the requests. */
  async function received(
    args: readonly string[],
    answer: { status: number; body: string; headers?: Record<string, string> },
  ): Promise<IncomingMessage[]> {
    const requests: IncomingMessage[] = [];
    const server = createServer((request, response) => {
      requests.push(request);
      request.resume().on('end', () => response.writeHead(answer.status, answer.headers).end(answer.body));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { port } = server.address() as AddressInfo;
      await run(['registry', 'push', payloadFile, '--url', `http://127.0.0.1:${port}/prod`, ...args]);
      return requests;
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  const configuration = { status: 200, body: 'frontend f\n' };

  it('is no success when the answer is a 304 that nobody asked for', async () => {
    await received([], { status: 304, body: '' });
    expect(terminal.err.join('\n')).toContain('answers 304');
  });

  it('is signed for API Gateway with the credentials of the environment', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'hidden');
    const [request] = await received(['--auth', 'iam', '--region', 'eu-central-1'], configuration);
    vi.unstubAllEnvs();
    expect(request?.url).toBe('/prod/generate');
    expect(request?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/execute-api\/aws4_request, SignedHeaders=[a-z0-9;-]*host[a-z0-9;-]*, Signature=[0-9a-f]{64}$/,
    );
  });

  it('carries the bearer token', async () => {
    await writeFile(join(folder, 'token'), 'secret\n');
    const [request] = await received(['--token-file', join(folder, 'token')], configuration);
    expect(request?.headers.authorization).toBe('Bearer secret');
  });

  it('is no configuration when something else answers', async () => {
    await received([], { status: 200, body: '<html>Please log in</html>' });
    expect(terminal.err.join('\n')).toContain('no configuration');
    expect(terminal.out).toEqual([]);
  });

  it('is sent again after the time that the registry asks for', async () => {
    const begin = performance.now();
    const requests = await received([], { status: 503, body: '{}', headers: { 'retry-after': '1' } });
    expect(requests).toHaveLength(4);
    expect(performance.now() - begin).toBeGreaterThan(2_900);
    const never = { status: 429, body: '{}', headers: { 'retry-after': '3600' } };
    expect(await received([], never)).toHaveLength(1);
  });

  it('is sent again while the registry is busy', async () => {
    const requests = await received([], { status: 503, body: '{"message":"Service Unavailable"}' });
    expect(requests).toHaveLength(4);
    expect(terminal.err.join('\n')).toContain('answers 503');
  });
});
