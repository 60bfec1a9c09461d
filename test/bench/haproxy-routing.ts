import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { render } from '../../src/haproxy/render.ts';
import { configText, layoutOf, mapText } from '../../src/haproxy/running/layout.ts';
import { configuration, service } from '../support/haproxy/models.ts';
import { freePorts } from '../../src/sandbox/free-ports.ts';
import { startHaproxy } from '../support/haproxy/server.ts';
import { type Row, printTable, ratio } from './harness.ts';

const connections = 32;
const hostOf = (at: number): string => `service-${at}.example`;

/** A rendered file whose backends answer at once, by one thread, so that CPU goes to parsing and routing alone. */
function byName(size: number, port: number): string {
  const services = Array.from({ length: size }, (_, at) => service(`service-${at}`, [{ host: hostOf(at) }]));
  const text = render(configuration({ port, services }));
  return text
    .replace(/^global$/m, '$&\n    nbthread 1')
    .replaceAll(/^backend r_.*$/gm, '$&\n    http-request return status 200');
}

/** The file with a map beside it, as an agent writes it; every route is in the map. */
function byMap(folder: string): (size: number, port: number) => string {
  return (size, port) => {
    const services = Array.from({ length: size }, (_, at) =>
      service(`service-${at}`, [{ host: hostOf(at) }]),
    );
    const layout = layoutOf(configuration({ port, services }), join(folder, `routes-${size}.map`));
    writeFileSync(layout.map.file, mapText(layout.map));
    return configText(layout)
      .replace(/^global$/m, '$&\n    nbthread 1')
      .replaceAll(/^backend be_.*$/gm, '$&\n    http-request return status 200');
  };
}

const ownRules = /^ {4}(http-request set-var|use_backend|default_backend).*\n/gm;

/** The same file with a rule per service in place of ours, as generators without a lookup write it. */
function byRules(size: number, port: number): string {
  const hosts = Array.from({ length: size }, (_, at) => hostOf(at));
  const acls = hosts.map((host, at) => `    acl is_${at} hdr(host) -i ${host}\n`).join('');
  const rules = hosts.map((host, at) => `    use_backend r_${host} if is_${at}\n`).join('');
  return byName(size, port)
    .replaceAll(ownRules, '')
    .replace(/^backend be_none/m, `${acls}${rules}\n$&`);
}

/** The same file with no rules at all: what any routing is measured against. */
function withoutRules(size: number, port: number): string {
  return byName(size, port)
    .replaceAll(ownRules, '')
    .replace(/^backend be_none/m, `    default_backend r_${hostOf(size - 1)}\n\n$&`);
}

/** CPU time that HAProxy spends on a request for the last of `size` hosts, in microseconds; the best of three. */
async function cpuPerRequest(
  file: (size: number, port: number) => string,
  size: number,
  requests: number,
): Promise<number> {
  const [port = 0] = await freePorts(1);
  await using haproxy = await startHaproxy(file(size, port), port);
  await load(port, hostOf(size - 1), 2 * connections);
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 3; run += 1) {
    const before = cpuMicroseconds(haproxy.pid);
    await load(port, hostOf(size - 1), requests);
    best = Math.min(best, (cpuMicroseconds(haproxy.pid) - before) / requests);
  }
  return best;
}

/** Linux only (https://docs.kernel.org/scheduler/sched-stats.html): nanoseconds on the CPU come first. */
function cpuMicroseconds(pid: number): number {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const spent = tasks.map((task) =>
    Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]),
  );
  return spent.reduce((sum, nanoseconds) => sum + nanoseconds, 0) / 1000;
}

/** Asks on kept connections, one request at a time on each. */
async function load(port: number, host: string, requests: number): Promise<void> {
  const request = `GET /some/path HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect(port, '127.0.0.1').setNoDelay(true);
      await once(socket, 'connect');
      await askInTurn(socket, request, Math.ceil(requests / connections));
      socket.destroy();
    }),
  );
}

function askInTurn(socket: Socket, request: string, count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let left = count;
    socket.on('error', reject).on('close', () => reject(new Error('HAProxy closed the connection.')));
    socket.on('data', (answer: Buffer) => {
      if (!answer.toString('latin1').startsWith('HTTP/1.1 200 '))
        reject(new Error(`Unexpected: ${answer.toString()}`));
      left -= 1;
      if (left === 0) resolve();
      else socket.write(request);
    });
    socket.write(request);
  });
}

const many = 40_000;
const folder = await mkdtemp(join(tmpdir(), 'routing-bench-'));
const floor = await cpuPerRequest(withoutRules, 5_000, many);
const rows: Row[] = [];
for (const size of [100, 1_000, 5_000, 20_000]) {
  const named = await cpuPerRequest(byName, size, many);
  rows.push(ratio(`by name, ${size} services`, named / floor, 'no rules', { atMost: 1.3 }));
  const mapped = await cpuPerRequest(byMap(folder), size, many);
  rows.push(ratio(`by map, ${size} services`, mapped / floor, 'no rules', { atMost: 1.3 }));
}
for (const [size, requests] of [
  [100, 10_000],
  [5_000, 1_000],
] as const) {
  const chain = await cpuPerRequest(byRules, size, requests);
  rows.push(ratio(`a rule per service, ${size} services`, chain / floor, 'no rules'));
}
await rm(folder, { recursive: true });
printTable('HAProxy CPU per request', rows);
