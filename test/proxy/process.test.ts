import { open, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { holds, routeTo, useFunction } from '../support/proxy/function-stub.ts';
import { request } from '../support/http/connection.ts';
import { type BuiltProxy, buildProxy, startProxyProcess, useProxyProcess } from '../support/proxy/process.ts';
import { waitUntil } from '../support/wait-until.ts';

let built: BuiltProxy;
beforeAll(async () => {
  built = await buildProxy();
});
afterAll(() => built.remove());

async function fileOf(name: string, text: string): Promise<string> {
  const file = `${built.folder}/${name}.yaml`;
  await writeFile(file, text);
  return file;
}

/** How the program ends by itself, with what it says. */
async function endOf(...args: string[]) {
  const { ended, said, lines } = startProxyProcess(built.folder, args);
  const code = await ended;
  expect(lines).toEqual([]);
  return { code, text: said.map((line) => String(line['text'] ?? line['msg'])).join('\n') };
}

describe('a start', () => {
  it('with a bad file ends with 78 and every problem on its line', async () => {
    const file = await fileOf('bad', 'port: 70000\nlimits:\n  body_bytes: many\nlocal:\n  - endpoint: x\n');
    const { code, text } = await endOf(file);
    expect(code).toBe(78);
    for (const problem of [`${file}:1: port: `, `${file}:3: limits.body_bytes: `, `${file}:5: local[0]`]) {
      expect(text).toContain(problem);
    }
  });

  it('with no YAML ends with 78', async () => {
    const file = await fileOf('none', 'port: [\n');
    const { code, text } = await endOf(file);
    expect([code, text]).toEqual([78, expect.stringContaining(`${file}:`)]);
  });

  it('without its file ends with 66', async () => {
    const { code, text } = await endOf('/nowhere/lrp.yaml');
    expect([code, text]).toEqual([66, expect.stringContaining('/nowhere/lrp.yaml')]);
  });

  it.each([1, 2])('on a port in use ends with 1 (workers: %d)', async (workers) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;
    const file = await fileOf(`used-${workers}`, `host: 127.0.0.1\nport: ${port}\nworkers: ${workers}\n`);
    const { code, text } = await endOf(file);
    expect([code, text]).toEqual([1, expect.stringContaining(`127.0.0.1:${port}`)]);
  });

  it('with its admin port in use ends with 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;
    const file = await fileOf('used-admin', `host: 127.0.0.1\nport: 0\nadmin: { port: ${port} }\n`);
    expect((await endOf(file)).code).toBe(1);
  });

  it('warns of keys that nobody knows', async () => {
    const proxy = await useProxyProcess(built, 'internal_route_proxy: x\n');
    expect((await proxy.says('internal_route_proxy'))['level']).toBe('warn');
  });
});

/** A file whose reader waits for its text, which `give` brings; from then on it is a usual one. */
async function slowFile(name: string, text: string) {
  const whole = await fileOf(`${name}-whole`, text);
  const file = `${built.folder}/${name}.yaml`;
  execFileSync('mkfifo', [file]);
  const pipe = open(file, 'w');
  return {
    file,
    isRead: pipe.then(() => undefined),
    give: async (): Promise<void> => {
      await rename(whole, file);
      await using writer = await pipe;
      await writer.writeFile(text);
    },
  };
}

it.each([1, 2])('a signal that comes while it starts ends it with 0 (workers: %d)', async (workers) => {
  const slow = await slowFile(`slow-${workers}`, `host: 127.0.0.1\nport: 0\nworkers: ${workers}\n`);
  const { child, ended } = startProxyProcess(built.folder, [slow.file]);
  await slow.isRead;
  child.kill('SIGTERM');
  await slow.give();
  expect(await ended).toBe(0);
});

describe('its arguments', () => {
  it.each(['--help', '-h'])('%s shows how it is used', async (option) => {
    const { ended, lines, said } = startProxyProcess(built.folder, [option]);
    expect(await ended).toBe(0);
    expect(lines[0]).toEqual({ text: expect.stringContaining('Usage: ') as unknown });
    expect(said).toEqual([]);
  });

  it.each([['one.yaml', 'two.yaml'], ['--unknown']])('%s %s are not taken', async (...args) => {
    const { code, text } = await endOf(...args);
    expect([code, text]).toEqual([64, expect.stringContaining('Usage: ')]);
  });
});

describe('a running proxy', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGQUIT'] as const)(
    'serves what is there on %s, and ends with 0',
    async (signal) => {
      const stub = await useFunction(holds);
      const proxy = await useProxyProcess(built, routeTo(stub.url));
      expect([await proxy.admin('/healthz'), await proxy.admin('/readyz')]).toMatchObject([
        { status: 200, text: 'ok' },
        { status: 200 },
      ]);
      const [running, waiting, idle] = [await proxy.connect(), await proxy.connect(), await proxy.connect()];
      running.send(request('/1'));
      await stub.call();
      waiting.send(request('/2'));
      idle.send(request('/ping'));
      await idle.answer();
      await waitUntil('the queue', async () => (await proxy.routes())[0]?.queued === 1);
      proxy.child.kill(signal);
      await idle.ended;
      expect((await proxy.admin('/readyz')).status).toBe(503);
      expect((await proxy.admin('/healthz')).status).toBe(200);
      for (const number of [1, 2]) (await stub.call(number)).answer(number);
      expect([(await running.answer()).text, (await waiting.answer()).text]).toEqual(['1', '2']);
      expect(await proxy.ended).toBe(0);
      expect(proxy.lines.map((line) => [line['path'], line['status']])).toEqual([
        ['/ping', 200],
        ['/1', 200],
        ['/2', 200],
      ]);
    },
  );

  it('ends with 0 when the grace has passed, and logs what it cut off', async () => {
    const stub = await useFunction(holds);
    const proxy = await useProxyProcess(built, `limits: { grace: 200ms }\n${routeTo(stub.url)}`);
    const connection = await proxy.connect();
    connection.send(request('/cut'));
    await stub.call();
    proxy.child.kill('SIGTERM');
    expect(await proxy.ended).toBe(0);
    expect(proxy.lines).toMatchObject([{ path: '/cut', status: 499 }]);
  });

  it('reads its file again on SIGHUP, and keeps everything when that is bad', async () => {
    const [one, two] = [
      await useFunction((call) => call.answer('one')),
      await useFunction((call) => call.answer('two')),
    ];
    const proxy = await useProxyProcess(built, routeTo(one.url));
    expect((await proxy.ask(request())).text).toBe('one');
    await proxy.write(`${routeTo(two.url)}workers: 3\n`);
    proxy.child.kill('SIGHUP');
    await waitUntil('the other', async () => (await proxy.ask(request())).text === 'two');
    expect((await proxy.says('restart'))['level']).toBe('warn');
    await proxy.write('local: nonsense\n');
    proxy.child.kill('SIGHUP');
    const error = await proxy.says(`${proxy.file}:4: local: `);
    expect(error['level']).toBe('error');
    expect((await proxy.ask(request())).text).toBe('two');
    const { text } = await proxy.admin('/metrics');
    expect(text).toMatch(/^lambda_proxy_reloads_total\{result="success"\} [1-9]/m);
    expect(text).toMatch(/^lambda_proxy_reloads_total\{result="failure"\} [1-9]/m);
  });

  it('goes over to its file when that changes', async () => {
    const stub = await useFunction((call) => call.answer('there'));
    const proxy = await useProxyProcess(built, 'local: []');
    expect((await proxy.ask(request())).status).toBe(404);
    await proxy.write(routeTo(stub.url));
    await waitUntil('the route', async () => (await proxy.ask(request())).text === 'there');
  });

  it.each([1, 2])('ends with 0 though nobody takes its access log (workers: %d)', async (workers) => {
    const proxy = await useProxyProcess(built, `workers: ${workers}\n`);
    const { child } = proxy;
    child.stdout?.pause();
    const connection = await proxy.connect();
    for (let turn = 0; turn < 500; turn += 1) {
      connection.send(request(`/${'x'.repeat(2000)}`));
      expect((await connection.answer()).status).toBe(404);
    }
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });

  it('goes on when nobody reads its access log any more', async () => {
    const proxy = await useProxyProcess(built, 'local: []');
    proxy.child.stdout?.destroy();
    for (let turn = 0; turn < 50; turn += 1) expect((await proxy.ask(request('/ping'))).text).toBe('pong');
    proxy.child.kill('SIGTERM');
    expect(await proxy.ended).toBe(0);
  });
});
