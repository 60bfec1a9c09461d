import { execFileSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holds, routeTo, useFunction } from '../../support/proxy/function-stub.ts';
import { post, request } from '../../support/http/connection.ts';
import {
  type BuiltProxy,
  buildProxy,
  type ProxyProcess,
  useProxyProcess,
} from '../../support/proxy/process.ts';
import { waitUntil } from '../../support/wait-until.ts';

let built: BuiltProxy;
beforeAll(async () => {
  built = await buildProxy();
});
afterAll(() => built.remove());

const two = 'workers: 2\n';

function workersOf({ child }: ProxyProcess): number[] {
  const text = execFileSync('pgrep', ['-P', String(child.pid)], { encoding: 'utf8' });
  return text.trim().split('\n').map(Number);
}

/** Open connections of the workers, as their sum tells. */
async function metric(proxy: ProxyProcess, line: string): Promise<number | undefined> {
  const { text } = await proxy.admin('/metrics');
  const found = text.split('\n').find((one) => one.startsWith(`${line} `));
  return found === undefined ? undefined : Number(found.slice(line.length + 1));
}

describe('two workers', () => {
  it('never call an emulator at once, and serve requests in the order of their arrival', async () => {
    const stub = await useFunction((call) =>
      setImmediate(() => call.answer({ statusCode: 200, body: call.event.body ?? '' })),
    );
    const proxy = await useProxyProcess(built, two + routeTo(stub.url));
    const client = async (number: number): Promise<void> => {
      const connection = await proxy.connect();
      for (let at = 0; at < 20; at += 1) {
        connection.send(post(`${number}/${at}`, ['Content-Type: text/plain']));
        expect(await connection.answer()).toMatchObject({ status: 200, text: `${number}/${at}` });
      }
      connection.destroy();
    };
    await Promise.all(Array.from({ length: 20 }, (_, number) => client(number)));
    expect([stub.calls.length, stub.mostRunning]).toEqual([400, 1]);
    expect(await metric(proxy, 'lambda_proxy_requests_total{route="foo.test",code="200"}')).toBe(400);
    expect(await metric(proxy, 'lambda_proxy_request_duration_seconds_count{route="foo.test"}')).toBe(400);
    await waitUntil('the log', () => proxy.lines.length === 400);
  });

  it('share places and queue, and tell of them as one', async () => {
    const stub = await useFunction(holds);
    const proxy = await useProxyProcess(built, two + routeTo(stub.url, 'concurrency: 2, queue: { size: 4 }'));
    const connections = await Promise.all(Array.from({ length: 6 }, () => proxy.connect()));
    for (const connection of connections) connection.send(request());
    await waitUntil('the queue', async () => (await proxy.routes())[0]?.queued === 4);
    expect(await proxy.routes()).toMatchObject([{ hostname: 'foo.test', slots: 2, in_use: 2, queued: 4 }]);
    expect(await metric(proxy, 'lambda_proxy_slots{route="foo.test"}')).toBe(2);
    expect(await metric(proxy, 'lambda_proxy_slots_in_use{route="foo.test"}')).toBe(2);
    expect(await metric(proxy, 'lambda_proxy_queue_length{route="foo.test"}')).toBe(4);
    expect(await metric(proxy, 'lambda_proxy_connections')).toBe(6);
    const more = await proxy.ask(request());
    expect([more.status, more.header('retry-after')]).toEqual([503, '1']);
    for (let number = 1; number <= 6; number += 1) (await stub.call(number)).answer('x');
    for (const connection of connections) expect((await connection.answer()).status).toBe(200);
    expect(stub.mostRunning).toBe(2);
  });

  it('go over to another file, and lose no request', async () => {
    const stub = await useFunction((call) => call.answer({ statusCode: 200, body: 'x' }));
    const proxy = await useProxyProcess(built, two + routeTo(stub.url));
    const load = { isOver: false };
    const client = async (): Promise<number> => {
      const connection = await proxy.connect();
      let count = 0;
      for (; !load.isOver; count += 1) {
        connection.send(request());
        expect((await connection.answer()).status).toBe(200);
      }
      return count;
    };
    const traffic = Promise.all(Array.from({ length: 8 }, client));
    for (let turn = 1; turn <= 6; turn += 1) {
      await proxy.write(
        two + routeTo(stub.url, turn % 2 === 0 ? `timeout: ${turn}m` : `queue: { size: ${turn + 50} }`),
      );
      proxy.child.kill('SIGHUP');
      await waitUntil('the reload', async () => {
        const reloads = await metric(proxy, 'lambda_proxy_reloads_total{result="success"}');
        return reloads !== undefined && reloads >= turn;
      });
    }
    load.isOver = true;
    const counts = await traffic;
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(stub.mostRunning).toBe(1);
  });

  it('are replaced when they are killed, and the proxy serves on', async () => {
    const stub = await useFunction();
    const proxy = await useProxyProcess(built, two + routeTo(stub.url));
    const before = workersOf(proxy);
    expect(before.length).toBe(2);
    const [victim = 0] = before;
    process.kill(victim, 'SIGKILL');
    await proxy.says('another takes its place');
    expect((await proxy.ask(request())).status).toBe(200);
    await waitUntil(
      'its successor',
      () => workersOf(proxy).length === 2 && !workersOf(proxy).includes(victim),
    );
    await waitUntil('readiness', async () => (await proxy.admin('/readyz')).status === 200);
    const answers = await Promise.all(Array.from({ length: 20 }, () => proxy.ask(request())));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(stub.mostRunning).toBe(1);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('serve what is there on %s', async (signal) => {
    const stub = await useFunction(holds);
    const proxy = await useProxyProcess(built, two + routeTo(stub.url));
    const connections = await Promise.all(Array.from({ length: 4 }, () => proxy.connect()));
    for (const connection of connections) connection.send(request());
    await waitUntil('the queue', async () => (await proxy.routes())[0]?.queued === 3);
    const idle = await proxy.connect();
    for (const pid of signal === 'SIGINT'
      ? [...workersOf(proxy), proxy.child.pid ?? 0]
      : [proxy.child.pid ?? 0])
      process.kill(pid, signal);
    await idle.ended;
    expect((await proxy.admin('/readyz')).status).toBe(503);
    for (let number = 1; number <= 4; number += 1) (await stub.call(number)).answer('x');
    for (const connection of connections) {
      const answer = await connection.answer();
      expect([answer.status, answer.header('connection')]).toEqual([200, 'close']);
    }
    expect(await proxy.ended).toBe(0);
    expect(proxy.lines.length).toBe(4);
  });

  it('write the access log line by line, however slowly it is read', async () => {
    const proxy = await useProxyProcess(built, two);
    proxy.child.stdout?.pause();
    const client = async (): Promise<void> => {
      const connection = await proxy.connect();
      for (let turn = 0; turn < 100; turn += 1) {
        connection.send(request(`/${'x'.repeat(2000)}`));
        await connection.answer();
      }
      connection.destroy();
    };
    await Promise.all(Array.from({ length: 8 }, client));
    proxy.child.stdout?.resume();
    await waitUntil('the log', () => proxy.lines.length >= 800);
    expect(proxy.lines.filter(({ msg }) => msg !== 'request')).toEqual([]);
  });

  it('have counted no less when one of them is lost', async () => {
    const proxy = await useProxyProcess(built, two);
    for (let turn = 0; turn < 20; turn += 1) await proxy.ask(request('/ping'));
    const count = () => metric(proxy, 'lambda_proxy_requests_total{route="none",code="200"}');
    const duration = () => metric(proxy, 'lambda_proxy_request_duration_seconds_count{route="none"}');
    expect([await count(), await duration()]).toEqual([20, 20]);
    process.kill(workersOf(proxy)[0] ?? 0, 'SIGKILL');
    await proxy.says('another takes its place');
    expect([await count(), await duration()]).toEqual([20, 20]);
    await proxy.ask(request('/ping'));
    expect([await count(), await duration()]).toEqual([21, 21]);
  });

  it('are tried again when they cannot start, and are not asked meanwhile', async () => {
    const file = `${built.folder}/authorities.pem`;
    await writeFile(file, rootCertificates[0] ?? '');
    const proxy = await useProxyProcess(built, `${two}limits: { connections: 1 }`, { AWS_CA_BUNDLE: file });
    await rm(file);
    const [victim = 0] = workersOf(proxy);
    process.kill(victim, 'SIGKILL');
    const failures = () => proxy.said.filter(({ msg }) => msg === 'worker failed').length;
    await waitUntil('another try', () => failures() >= 2);
    expect((await proxy.admin('/readyz')).status).toBe(200);
    await writeFile(file, rootCertificates[0] ?? '');
    await waitUntil('two that serve', async () => {
      const connections = await Promise.all([proxy.connect(), proxy.connect()]);
      const asked = connections.map(async (connection) => {
        connection.send(request('/ping'));
        return connection.answer();
      });
      const answers = await Promise.allSettled(asked);
      for (const connection of connections) connection.destroy();
      return answers.every(({ status }) => status === 'fulfilled');
    });
  });

  it('both take connections', async () => {
    const proxy = await useProxyProcess(built, `${two}limits: { connections: 1 }\nlocal: []`);
    const [one, other] = [await proxy.connect(), await proxy.connect()];
    for (const connection of [one, other]) {
      connection.send(request('/ping'));
      expect((await connection.answer()).text).toBe('pong');
    }
  });

  it('end with the process that keeps them', async () => {
    const proxy = await useProxyProcess(built, `${two}local: []`);
    const workers = workersOf(proxy);
    proxy.child.kill('SIGKILL');
    await proxy.ended;
    expect(await waitUntil('their end', () => !workers.some(isAlive))).toBe(true);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
