import { mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAgentConfig } from '../../../src/agent/config.ts';
import { readSurroundings, watchCertificates } from '../../../src/agent/surroundings/read.ts';
import type { WatchedFiles } from '../../../src/daemon/watched-files.ts';
import { waitUntil } from '../../support/wait-until.ts';

let folder: string;
let certs: string;
let watched: WatchedFiles | undefined;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'certificates-'));
  certs = path.join(folder, 'certs');
  await mkdir(certs);
  await writeFile(path.join(certs, 'a.pem'), 'a');
});
afterEach(async () => {
  watched?.close();
  await rm(folder, { recursive: true, force: true });
});

const read = () => {
  const text = `sources: { file: {} }\ntls: { certs: ${certs} }`;
  return readSurroundings(readAgentConfig(text, 'agent.yaml', {}).config, false);
};
const fingerprint = async (): Promise<string | undefined> => (await read()).around.fingerprint;

describe('certificates', () => {
  it('are named by what is in a folder, whatever its order and its age', async () => {
    const one = await fingerprint();
    expect(one).toMatch(/^[0-9a-f]{32}$/);
    await writeFile(path.join(certs, 'a.pem'), 'a');
    expect(await fingerprint()).toBe(one);
    await writeFile(path.join(certs, 'b.pem'), 'a');
    const two = await fingerprint();
    expect(two).not.toBe(one);
    await rename(path.join(certs, 'b.pem'), path.join(certs, 'c.pem'));
    expect(await fingerprint()).not.toBe(two);
    await unlink(path.join(certs, 'c.pem'));
    expect(await fingerprint()).toBe(one);
  });

  it('that are one file are named by it', async () => {
    certs = path.join(certs, 'a.pem');
    const one = await fingerprint();
    await writeFile(certs, 'b');
    expect(await fingerprint()).not.toBe(one);
  });

  it('that cannot be read are told, and nothing is thrown', async () => {
    certs = path.join(folder, 'nothing');
    expect(await read()).toMatchObject({
      around: { fingerprint: undefined },
      certificateProblem: expect.stringMatching(/^tls\.certs: .*nothing cannot be read: ENOENT/) as string,
    });
  });
});

describe('a watch over certificates', () => {
  const byEvents = { settleMs: 50, pollMs: 3_600_000 };

  /** The fingerprint each time that something is heard, the first before anything was. */
  async function hearing() {
    const heard = [await fingerprint()];
    const text = `sources: { file: {} }\ntls: { certs: ${certs} }`;
    const { tls } = readAgentConfig(text, 'agent.yaml', {}).config;
    if (tls === undefined) throw new Error('it has TLS');
    watched = await watchCertificates(tls, () => void fingerprint().then((one) => heard.push(one)), byEvents);
    return heard;
  }

  it('hears of files that come, change and go', async () => {
    const heard = await hearing();
    const hears = (count: number) => waitUntil(`${count} changes`, () => heard.length === count + 1);
    await writeFile(path.join(certs, 'b.pem'), 'b');
    await hears(1);
    await writeFile(path.join(certs, 'b.new'), 'c');
    await rename(path.join(certs, 'b.new'), path.join(certs, 'b.pem'));
    await hears(2);
    await unlink(path.join(certs, 'b.pem'));
    await hears(3);
    expect(heard[3]).toBe(heard[0]);
    expect(new Set(heard).size).toBe(3);
  });

  it('hears of links that are turned, as Kubernetes does with Secrets', async () => {
    await unlink(path.join(certs, 'a.pem'));
    const publish = async (version: string): Promise<void> => {
      await mkdir(path.join(certs, `..${version}`));
      await writeFile(path.join(certs, `..${version}`, 'tls.pem'), version);
      await symlink(`..${version}`, path.join(certs, '..data_tmp'));
      await rename(path.join(certs, '..data_tmp'), path.join(certs, '..data'));
    };
    await publish('v1');
    await symlink('..data/tls.pem', path.join(certs, 'tls.pem'));
    const heard = await hearing();
    await publish('v2');
    await rm(path.join(certs, '..v1'), { recursive: true });
    await waitUntil('the second', () => heard.length === 2);
    await publish('v3');
    await waitUntil('the third', () => heard.length === 3);
    expect(new Set(heard).size).toBe(3);
  });

  it('hears of a folder that is a link to another', async () => {
    const link = path.join(folder, 'link');
    await symlink(certs, link);
    const other = path.join(folder, 'other');
    await mkdir(other);
    certs = link;
    const heard = await hearing();
    await symlink(other, `${link}.new`);
    await rename(`${link}.new`, link);
    await waitUntil('the other folder', () => heard.length === 2);
    await writeFile(path.join(other, 'b.pem'), 'b');
    await waitUntil('its file', () => heard.length === 3);
    expect(new Set(heard).size).toBe(3);
  });
});
