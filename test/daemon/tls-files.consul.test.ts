import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openTlsFiles, type TlsFiles, type TlsPair } from '../../src/daemon/tls-files.ts';
import { programs, requireProgram } from '../../src/local/binaries.ts';
import { makeCertificates } from '../support/consul/certificates.ts';
import { waitUntil } from '../support/wait-until.ts';

/** Two CAs, each with the certificate of a server. */
let made: string;
const cas: string[] = [];
beforeAll(async () => {
  made = await mkdtemp(path.join(tmpdir(), 'made-'));
  const binary = await requireProgram(programs.consul, { environment: process.env, cache: '.cache' });
  for (const name of ['0', '1']) {
    await mkdir(path.join(made, name));
    cas.push((await makeCertificates(binary, path.join(made, name))).ca);
  }
});
afterAll(() => rm(made, { recursive: true }));

let folder: string;
let files: { cert: string; key: string };
let server: Server;
let opened: TlsFiles | undefined;
let renewed: TlsPair[];
let log: { message: string; error?: unknown }[];
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tls-'));
  files = { cert: path.join(folder, 'cert.pem'), key: path.join(folder, 'key.pem') };
  renewed = [];
  log = [];
  await Promise.all([put('cert', 0), put('key', 0)]);
});
afterEach(async () => {
  opened?.close();
  if (server?.listening) await once(server.close(), 'close');
  await rm(folder, { recursive: true });
});

/** Replaces one of the two files by that of a CA's server. */
async function put(which: 'cert' | 'key', ca: number): Promise<void> {
  const name = which === 'cert' ? 'dc1-server-consul-0.pem' : 'dc1-server-consul-0-key.pem';
  await copyFile(path.join(made, `${ca}`, name), `${files[which]}.new`);
  await rename(`${files[which]}.new`, files[which]);
}

const open = () =>
  openTlsFiles(files, {
    onRenewed: (pair) => {
      renewed.push(pair);
      server.setSecureContext(pair);
    },
    logger: {
      info: (_fields, message) => void log.push({ message }),
      warn: (_fields, message) => void log.push({ message }),
      error: (fields, message) => void log.push({ message, error: (fields as { error: unknown }).error }),
    },
    rhythm: { settleMs: 50, pollMs: 3_600_000 },
  });

async function serve(): Promise<void> {
  opened = await open();
  server = createServer(opened.current(), (_request, response) => response.end('hello'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
}

/** Which CA verifies the server that a new connection meets. */
async function verifiedBy(): Promise<number> {
  for (const [index, ca] of cas.entries()) {
    const { port } = server.address() as { port: number };
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca });
    const isVerified = await new Promise<boolean>((resolve) => {
      socket.once('secureConnect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (isVerified) return index;
  }
  throw new Error('no CA verifies the server');
}

describe('a certificate and its key', () => {
  it('are served, and new ones to new connections as soon as both files are there', async () => {
    await serve();
    expect(await verifiedBy()).toBe(0);
    await Promise.all([put('cert', 1), put('key', 1)]);
    await waitUntil('the new certificate', async () => (await verifiedBy()) === 1);
    expect(opened?.current()).toBe(renewed.at(-1));
    expect(log.at(-1)).toEqual({ message: 'TLS certificate renewed' });
  });

  it('that do not fit are told, while the old ones are served, until they do', async () => {
    await serve();
    const old = opened?.current();
    await put('cert', 1);
    await waitUntil('a line of the log', () => log.length === 1);
    expect(log[0]).toEqual({
      message: 'TLS certificate not renewed',
      error: `The key in ${files.key} is not that of the certificate in ${files.cert}.`,
    });
    expect(opened?.current()).toBe(old);
    expect(await verifiedBy()).toBe(0);
    await put('key', 1);
    await waitUntil('the new certificate', async () => (await verifiedBy()) === 1);
    expect(renewed).toHaveLength(1);
  });

  it.each([
    ['no PEM', 'cert', 'nothing', /cert\.pem holds no certificate in PEM/],
    ['cut short', 'cert', '-----BEGIN CERTIFICATE-----\nMIIC', /cert\.pem holds no certificate in PEM/],
    ['empty', 'key', '', /key\.pem holds no key in PEM/],
    ['no key', 'key', '-----BEGIN EC PRIVATE KEY-----\nsecret', /key\.pem holds no key in PEM/],
  ] as const)('one of which is %s are not taken', async (_what, which, text, problem) => {
    await serve();
    writeFileSync(files[which], text);
    await waitUntil('a line of the log', () => log.length === 1);
    expect(log[0]?.error).toMatch(problem);
    expect(String(log[0]?.error)).not.toContain('secret');
    expect(await verifiedBy()).toBe(0);
    opened?.close();
    await expect(open()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(problem),
    });
  });

  it('one of which is not there are an error at the start, which names the file', async () => {
    await rm(files.key);
    await expect(open()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(`${files.key} cannot be read: ENOENT`),
    });
  });

  it('that are closed are read no more', async () => {
    await serve();
    opened?.close();
    await Promise.all([put('cert', 1), put('key', 1)]);
    const other = await open();
    other.close();
    expect(await verifiedBy()).toBe(0);
    expect(log).toEqual([]);
  });
});
