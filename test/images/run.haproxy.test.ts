import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { freePorts } from '../../src/sandbox/free-ports.ts';
import { type Dockerfile, imageOf, lastOf, readDockerfile } from '../support/installation/dockerfile.ts';
import { haproxyBinary } from '../support/haproxy/server.ts';
import { buildImageRoot, type ImageRoot } from '../support/installation/image-root.ts';
import { type ProgramProcess, startCommand } from '../support/program-process.ts';
import { waitUntil } from '../support/wait-until.ts';

/** An image as it would be run: its entry point, its user, its variables, its health check. */
function runningImage(program: string) {
  const dockerfile: Dockerfile = readDockerfile(`images/${program}/Dockerfile`);
  const image = imageOf(dockerfile);
  let built: ImageRoot;
  beforeAll(() => {
    built = buildImageRoot(dockerfile);
  });
  afterAll(() => built.remove());

  const here = (words: readonly string[] = []): string[] =>
    words.map((word) => (word.startsWith('/') ? built.at(word) : word));
  const [uid, gid] = (lastOf(image, 'USER')?.text ?? '').split(':').map(Number);
  return {
    at: (path: string) => built.at(path),
    /** Writes a file that the image's user may read. */
    write(name: string, text: string): string {
      const file = built.at(`/${name}`);
      writeFileSync(file, text);
      chmodSync(file, 0o644);
      return file;
    },
    start(args: readonly string[], env: Record<string, string> = {}): ProgramProcess {
      const words = [...here(lastOf(image, 'ENTRYPOINT')?.words), ...args];
      return startCommand(words, { env: { ...built.variables, ...env }, ...userFor(words, uid, gid) });
    },
    health(port: number): number | null {
      const [, ...words] =
        lastOf(image, 'HEALTHCHECK')
          ?.text.match(/"[^"]+"/g)
          ?.map((word) => JSON.parse(word)) ?? [];
      const url = new URL(built.variables['HEALTH_URL'] ?? '');
      url.port = String(port);
      const env = { PATH: process.env['PATH'], HEALTH_URL: url.href };
      return spawnSync(process.execPath, here(words as string[]), { env }).status;
    },
  };
}

/** The user of the image, where we may become it and it reaches what is to be run. */
function userFor(words: readonly string[], uid = 0, gid = 0): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const files = [process.execPath, ...words.filter((word) => word.startsWith('/'))];
  const isReached = files.every((file) => spawnSync('test', ['-r', file], { uid, gid }).status === 0);
  return isReached ? { uid, gid } : {};
}

/** An emulator that answers when it is let. */
async function slowFunction() {
  const answers: (() => void)[] = [];
  const server = createServer((_request, response) => {
    answers.push(() => response.end(JSON.stringify({ statusCode: 200, body: 'done' })));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  return { answers, port: typeof address === 'object' ? address?.port : undefined };
}

function isServed(url: string, status: number): Promise<true> {
  return waitUntil(`${status} of ${url}`, async () => {
    const answer = await fetch(url).catch(() => undefined);
    return answer?.status === status || undefined;
  });
}

describe('the image of the proxy', () => {
  const image = runningImage('proxy');

  it('has its program where lambda-reverse-proxy has it', () => {
    expect(resolve(image.at('/go/bin'), readlinkSync(image.at('/go/bin/lrp')))).toBe(
      image.at('/opt/lambda-registrator/proxy/index.mjs'),
    );
    expect(spawnSync(image.at('/go/bin/lrp'), ['--help'], { encoding: 'utf8' }).stdout).toContain(
      'Usage: proxy',
    );
  });

  it('is healthy, reloads for SIGHUP, and answers what is in flight before it ends for SIGTERM', async () => {
    const { answers, port: functionPort } = await slowFunction();
    const [port = 0] = await freePorts(1);
    const fileOf = (host: string) =>
      `host: 127.0.0.1\nport: ${port}\nlocal: [{ hostname: ${host}, endpoint: "http://127.0.0.1:${functionPort}" }]\n`;
    const { child, ended } = image.start([image.write('lrp.yaml', fileOf('other.test'))]);
    const url = `http://127.0.0.1:${port}`;
    await isServed(`${url}/ping`, 200);
    expect(image.health(port)).toBe(0);
    image.write('lrp.yaml', fileOf('127.0.0.1'));
    child.kill('SIGHUP');
    const answered = waitUntil('an answer of the function', async () => {
      const answer = await fetch(url);
      return answer.status === 404 ? undefined : answer;
    });
    const answer = await waitUntil('the call', () => answers.at(0));
    child.kill('SIGTERM');
    await waitUntil('the end of its health', () => image.health(port) === 1 || undefined);
    answer();
    expect(await (await answered).text()).toBe('done');
    expect(await ended).toBe(0);
  });
});

describe('the image of the agent', () => {
  const image = runningImage('agent');

  it('has a folder for its state that is its own', () => {
    const { mode, uid } = statSync(image.at('/var/lib/lambda-registrator'));
    expect(mode & 0o777).toBe(0o700);
    expect(uid).toBe(process.getuid?.() === 0 ? 99 : process.getuid?.());
  });

  it('runs HAProxy as its child, reloads for SIGHUP, and ends with it for SIGTERM', async () => {
    const [port = 0, health = 0, server = 0] = await freePorts(3);
    const services = (host: string) =>
      `services: [{ name: a, routes: [{ host: ${host} }], servers: [{ address: 127.0.0.1, port: ${server} }] }]\n`;
    const file = image.write(
      'agent.yaml',
      `sources: { file: { path: ${image.write('services.yaml', services('b.test'))} } }\nhaproxy: { log: off }\n`,
    );
    const { child, ended } = image.start([file], {
      BIND: `127.0.0.1:${port}`,
      HEALTH_BIND: `127.0.0.1:${health}`,
      HAPROXY_BIN: resolve(await haproxyBinary()),
    });
    const url = `http://127.0.0.1:${port}`;
    await isServed(url, 404);
    // HAProxy serves before the agent has heard that it does.
    await waitUntil('health', () => image.health(health) === 0);
    image.write('services.yaml', services('127.0.0.1'));
    child.kill('SIGHUP');
    await isServed(url, 503);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });
});
