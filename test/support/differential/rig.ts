import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Handler } from '../../../src/sandbox/runtime/invocation.ts';
import type { Adapter, EventFormat } from './adapters.ts';
import { corpus } from './corpus.ts';
import { answerOfHandler, awsEvent } from './events.ts';
import { invokeHandler } from './invoke-handler.ts';
import { type Observation, observe } from './observation.ts';
import { startFunctionEndpoint } from '../proxy/function-endpoint.ts';
import { startTestProxy } from '../proxy/proxy.ts';
import { bytesOf, openConnection, type RawRequest } from '../http/raw-http.ts';
import type { Rule } from './rules.ts';

/** What came of each request of the corpus, in its order. */
export type Observations = readonly Observation[];

/** Sends the whole corpus to a port, byte for byte, on one kept connection. */
async function observeSocket(port: number): Promise<Observations> {
  const connection = openConnection(port);
  const seen: Observation[] = [];
  try {
    for (const request of corpus) seen.push(observe(await connection.send(bytesOf(request))));
  } finally {
    connection.close();
  }
  return seen;
}

/** The same application as a plain server. */
export async function observeNative(adapter: Adapter): Promise<Observations> {
  const server = await adapter.server();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    return await observeSocket((server.address() as AddressInfo).port);
  } finally {
    await closed(server);
  }
}

/** Calls a handler as AWS would, without any proxy. */
export async function observeDirect(handler: Handler, format: EventFormat): Promise<Observations> {
  const seen: Observation[] = [];
  for (const request of corpus) {
    const event = Buffer.from(JSON.stringify(awsEvent(request, format)));
    seen.push(observe(answerOfHandler(await invokeHandler(handler, event), request, format)));
  }
  return seen;
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  await once(server.close(), 'close');
}

/** A request that two lives of an application answer differently. */
export interface Difference {
  readonly request: string;
  /** Members of the observations that differ. */
  readonly left: object;
  readonly right: object;
}

/** What differs although each rule has been applied to both. */
export function differences(left: Observations, right: Observations, rules: readonly Rule[]): Difference[] {
  return corpus.flatMap((request, at) => {
    const [one, other] = [comparable(left[at], request, rules), comparable(right[at], request, rules)];
    const members = Object.keys({ ...one, ...other }).filter(
      (name) => JSON.stringify(one[name]) !== JSON.stringify(other[name]),
    );
    if (members.length === 0) return [];
    const pick = (from: Record<string, unknown>): object =>
      Object.fromEntries(members.map((name) => [name, shortened(from[name])]));
    return [{ request: nameOf(request), left: pick(one), right: pick(other) }];
  });
}

function comparable(
  seen: Observation | undefined,
  request: RawRequest,
  rules: readonly Rule[],
): Record<string, unknown> {
  if (!seen) return {};
  const { echo, ...answer } = rules.reduce((state, rule) => rule.apply(state, request), seen);
  return { ...answer, ...echo, ...(echo ? { requestBody: echo.body, body: answer.body } : {}) };
}

function nameOf({ method, target, headers, body }: RawRequest): string {
  const shown = headers.map(([name, value]) => `${name}: ${value.slice(0, 60)}`);
  return `${method} ${target.slice(0, 100)} ${JSON.stringify(shown)} ${body.length} bytes`;
}

function shortened(value: unknown): unknown {
  return typeof value === 'string' && value.length > 200
    ? `${value.slice(0, 200)}… (${value.length})`
    : value;
}

/** Behind a proxy, whose route leads to an emulator that takes any number of calls at once. */
export async function observeBehindProxy(handler: Handler, format: EventFormat): Promise<Observations> {
  await using emulator = await startFunctionEndpoint(async ({ payload }) => ({
    payload: await invokeHandler(handler, payload),
  }));
  const route = { hostname: '*', endpoint: emulator.url, concurrency: 64, format };
  await using proxy = await startTestProxy({ internal_routes: false, local: [route] });
  return await observeSocket(proxy.port);
}
