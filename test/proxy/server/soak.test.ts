import { expect, it } from 'vitest';
import type { Random } from '../../../src/core/random.ts';
import { extent, firstSeed } from '../../support/explorations.ts';
import { deadEndpoint, type FunctionCall, startFunction } from '../../support/proxy/function-stub.ts';
import { type HttpConnection, type RawAnswer, post, request } from '../../support/http/connection.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { startProxy, type TestProxy } from '../../support/proxy/served-proxy.ts';
import { waitUntil } from '../../support/wait-until.ts';

interface Behaviour {
  /** What clients may see. */
  readonly statuses: readonly number[];
  play(call: FunctionCall, answer: { readonly statusCode: number; readonly body: string }): void;
}

/** What functions do, by the last segment of the path. */
const behaviours: Readonly<Record<string, Behaviour>> = {
  prompt: { statuses: [200], play: (call, answer) => call.answer(answer) },
  late: { statuses: [200], play: (call, answer) => soon(() => call.answer(answer)) },
  trickling: {
    statuses: [200],
    play: ({ response }, answer) => {
      const bytes = Buffer.from(JSON.stringify(answer));
      response.writeHead(200);
      response.write(bytes.subarray(0, 5));
      soon(() => response.end(bytes.subarray(5)));
    },
  },
  large: {
    statuses: [200],
    play: (call, answer) => call.answer({ ...answer, body: answer.body + 'x'.repeat(300_000) }),
  },
  binary: {
    statuses: [200],
    play: (call, answer) => {
      const body = Buffer.from(answer.body).toString('base64');
      call.answer({ ...answer, body, isBase64Encoded: true });
    },
  },
  empty: { statuses: [204], play: (call, answer) => call.answer({ ...answer, statusCode: 204 }) },
  failing: { statuses: [500], play: (call) => call.answer({ errorType: 'Error', errorMessage: 'x' }) },
  spoilt: { statuses: [500], play: (call) => call.answer({ statusCode: 'spoilt' }) },
  breaking: { statuses: [502], play: (call) => call.breakOff() },
  ending: { statuses: [502], play: (call) => call.answer(Buffer.alloc(0)) },
  throttling: { statuses: [429], play: (call) => call.answer({}, 429) },
  slow: { statuses: [200, 504], play: (call, answer) => void setTimeout(() => call.answer(answer), 30) },
};

/** Other events of the program come first. */
function soon(act: () => void, turns = 3): void {
  setImmediate(() => (turns > 0 ? soon(act, turns - 1) : act()));
}

const hosts = [
  'one.test',
  'two.test',
  'pool.test',
  'half-dead.test',
  'hasty.test',
  'async.test',
  'none.test',
] as const;

function pick<Item>(random: Random, items: readonly Item[]): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('nothing to pick');
  return item;
}

function play(call: FunctionCall): void {
  const { rawPath, body = '', isBase64Encoded } = call.event;
  const said = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8').toString('latin1');
  behaviourOf(rawPath).play(call, { statusCode: 200, body: `${rawPath} ${said}` });
}

function behaviourOf(path: string): Behaviour {
  const behaviour = behaviours[path.split('/')[2] ?? ''];
  if (!behaviour) throw new Error(`nobody knows ${path}`);
  return behaviour;
}

interface Sent {
  readonly host: (typeof hosts)[number];
  readonly path: string;
  readonly method: string;
  readonly body: string;
}

let requests = 0;

function randomRequest(random: Random): Sent {
  const body =
    random() < 0.4
      ? String.fromCharCode(...Array.from({ length: random() * 200 }, () => random() * 256))
      : '';
  return {
    host: pick(random, hosts),
    path: `/${(requests += 1)}/${pick(random, Object.keys(behaviours))}`,
    method: body === '' ? pick(random, ['GET', 'GET', 'HEAD', 'DELETE', 'OPTIONS']) : 'POST',
    body,
  };
}

function bytesOf({ host, path, method, body }: Sent, random: Random): Buffer {
  if (method !== 'POST') return Buffer.from(request(path, host, [], method));
  const bytes = Buffer.from(body, 'latin1');
  if (random() < 0.6) return post(bytes, ['Content-Type: application/octet-stream'], path, host);
  const chunk = Buffer.concat([
    Buffer.from(`${bytes.length.toString(16)}\r\n`),
    bytes,
    Buffer.from('\r\n0\r\n\r\n'),
  ]);
  return Buffer.concat([Buffer.from(request(path, host, ['Transfer-Encoding: chunked'], 'POST')), chunk]);
}

function check({ host, path, method, body }: Sent, { status, body: said }: RawAnswer): void {
  const ofHost: Readonly<Record<string, number[]>> = { 'none.test': [404], 'async.test': [202] };
  const late = host === 'hasty.test' ? [504] : [];
  const allowed = ofHost[host] ?? [...behaviourOf(path).statuses, ...late];
  expect(allowed, `${method} ${host}${path}`).toContain(status);
  if (status !== 200 || method === 'HEAD') return;
  expect(said.toString().replace(/x{300000}$/, '')).toBe(`${path} ${body}`);
}

/** One connection after another, with a request or several at once on each, some of which are given up. */
async function client(proxy: TestProxy, random: Random, count: number): Promise<void> {
  let connection: HttpConnection | undefined;
  for (let left = count; left > 0;) {
    connection ??= await proxy.connect();
    const sent = Array.from({ length: random() < 0.7 ? 1 : Math.ceil(random() * 4) }, () =>
      randomRequest(random),
    );
    left -= sent.length;
    const bytes = Buffer.concat(sent.map((one) => bytesOf(one, random)));
    if (random() < 0.15) {
      connection.send(bytes.subarray(0, random() * bytes.length));
      if (random() < 0.5) await new Promise((resolve) => setTimeout(resolve, random() * 10));
      if (random() < 0.5) connection.socket.resetAndDestroy();
      else connection.destroy();
      connection = undefined;
      continue;
    }
    connection.send(bytes);
    for (const one of sent) {
      const answer = await connection.answer(one.method);
      check(one, answer);
      if (answer.header('connection') === 'keep-alive') continue;
      connection.destroy();
      connection = undefined;
      break;
    }
  }
  connection?.destroy();
}

function resources(): number {
  const counted = new Set(['TCPSocketWrap', 'TCPServerWrap', 'Timeout', 'Immediate']);
  return process.getActiveResourcesInfo().filter((name) => counted.has(name)).length;
}

it(
  'answers every one of many requests with its own answer, and leaves nothing behind',
  async () => {
    const before = resources();
    const [one, two, three] = [
      await startFunction(play),
      await startFunction(play),
      await startFunction(play),
    ];
    const route = (host: string, keys: string): string =>
      `  - { hostname: ${host}, queue: { size: 100000, timeout: 5m }, ${keys} }\n`;
    const proxy = await startProxy(
      `local:\n${[
        route('one.test', `endpoint: "${one.url}", concurrency: 1`),
        route('two.test', `endpoint: "${two.url}", concurrency: 3`),
        route('pool.test', `endpoints: ["${one.url}", "${three.url}"], concurrency: 2`),
        route('half-dead.test', `endpoints: ["${await deadEndpoint()}", "${three.url}"], concurrency: 2`),
        route('hasty.test', `endpoint: "${three.url}", concurrency: 2, timeout: 20ms`),
        route('async.test', `endpoint: "${two.url}", concurrency: 3, invocation: async`),
      ].join('')}`,
    );
    const [clients, each] = [40, extent(100, 5_000)];
    await Promise.all(
      Array.from({ length: clients }, (_, at) => client(proxy, seededRandom(firstSeed + at), each)),
    );
    await waitUntil('rest', async () => {
      const { routes } = await proxy.app.report();
      return routes.every((one) => one.in_use === 0 && one.queued === 0);
    });
    await waitUntil(
      'the ends of connections',
      async () => (await proxy.metric('lambda_proxy_connections')) === 0,
    );
    expect([one.mostRunning, two.mostRunning <= 3, three.mostRunning <= 2]).toEqual([1, true, true]);
    expect(proxy.lines.filter((line) => line['error'] === 'internal')).toEqual([]);
    expect(proxy.said.filter((line) => line['level'] === 'error')).toEqual([]);
    await proxy.app.stop();
    await Promise.all([one, two, three].map((stub) => stub.close()));
    await waitUntil('what is left', () => resources() <= before, 20_000);
  },
  3 * 3_600_000,
);
