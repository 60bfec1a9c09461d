import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import { deadlineIn } from '../../../src/core/deadline.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { Requests } from '../../../src/consul/transport/requests.ts';
import type { ConsulEndpoint } from '../../support/consul/calls.ts';
import { fixedCredentials, testDeadline } from '../../support/consul/client.ts';
import { startConsul } from '../../support/consul/server.ts';
import { type FaultyFront, startFaultyFront } from '../../support/http/faulty-front.ts';

const deadline = testDeadline();
const names = z.record(z.string(), z.unknown());
const services = { path: '/catalog/services' };

let server: ConsulEndpoint;
let front: FaultyFront;
let requests: Requests;
beforeAll(async () => {
  server = await startConsul();
  front = await startFaultyFront(server);
  requests = new Requests({
    address: { host: front.host, port: front.port, secure: false },
    credentials: fixedCredentials(),
    names: {},
    timeoutMs: 2_000,
  });
});
afterAll(async () => {
  requests.close();
  await front.close();
  await server.close();
});
beforeEach(() => {
  front.requests.length = 0;
});

async function nextRead(waitMs: number, until = deadline) {
  const { index } = await requests.read(names, services, deadline);
  if (index === undefined) throw new Error('Consul gave no index');
  const answer = requests.read(names, { ...services, blocking: { index, waitMs } }, until);
  await expect.poll(() => front.requests.length).toBe(2);
  expect(front.requests[1]).toBe(`GET /v1/catalog/services?index=${index}&wait=${waitMs}ms`);
  return { index, answer };
}

test('a blocking read answers when something changed, with the index after it', async () => {
  const { index, answer } = await nextRead(60_000);
  await server.ok('PUT', '/v1/catalog/register', {
    Node: 'n',
    Address: '192.0.2.1',
    Service: { Service: 'new' },
  });
  const changed = await answer;
  expect(Object.keys(changed.body)).toContain('new');
  expect(BigInt(changed.index ?? '')).toBeGreaterThan(BigInt(index));
});

test('a blocking read answers after its wait, though that is longer than other requests may take', async () => {
  const { index, answer } = await nextRead(3_000);
  expect(await answer).toMatchObject({ index, status: 200 });
  expect(front.requests).toHaveLength(2);
});

test("a blocking read ends with the deadline's signal", async () => {
  const stop = new AbortController();
  const { answer } = await nextRead(60_000, deadlineIn(systemClock, Number.POSITIVE_INFINITY, stop.signal));
  const reason = new Error('the program stops');
  stop.abort(reason);
  await expect(answer).rejects.toBe(reason);
  expect(front.requests).toHaveLength(2);
});
