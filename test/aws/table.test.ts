import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { once } from 'node:events';
import {
  type IncomingMessage,
  type Server,
  type ServerResponse,
  createServer,
  request as forward,
} from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Row, Table } from '../../src/aws/table.ts';
import { createDynamoTable } from '../../src/aws/table.ts';
import { systemClock } from '../../src/core/clock.ts';
import { deadlineIn } from '../../src/core/deadline.ts';
import { registryOn, soon, startTable, tableName, candidate, running } from '../support/registry/registry.ts';

let dynamo: Awaited<ReturnType<typeof startTable>>;
beforeAll(async () => {
  dynamo = await startTable();
});
afterAll(() => dynamo.stop());

const row = (sk: string, parts: Partial<Row> = {}): Row => ({
  pk: 'p',
  sk,
  revision: 'r1',
  schema: 1,
  document: '{}',
  ...parts,
});

async function empty(): Promise<void> {
  for (const pk of ['p', tableName]) {
    for (const item of await dynamo.table.rows(pk, soon()))
      await dynamo.table.remove(item, item.revision, soon());
  }
}
beforeEach(empty);

describe('rows', () => {
  it('come back as they were written, last sort key first', async () => {
    const rows = [row('c', { expires: 1_700_000_000 }), row('b'), row('a', { document: '{"ü":1}' })];
    for (const item of rows) expect(await dynamo.table.put(item, undefined, soon())).toBe(true);
    expect(await dynamo.table.rows('p', soon())).toEqual(rows);
    expect(await dynamo.table.rows('other', soon())).toEqual([]);
  });

  it('are written, touched and removed only at the revision that is expected', async () => {
    const { table } = dynamo;
    expect(await table.put(row('a', { expires: 5 }), 'r0', soon())).toBe(false);
    expect(await table.put(row('a', { expires: 5 }), undefined, soon())).toBe(true);
    expect(await table.put(row('a', { revision: 'r2' }), undefined, soon())).toBe(false);
    expect(await table.put(row('a', { revision: 'r2', expires: 5 }), 'r1', soon())).toBe(true);
    expect(await table.touch(row('a'), 'r3', soon())).toBe(true);
    expect(await table.rows('p', soon())).toEqual([row('a', { revision: 'r3' })]);
    expect(await table.touch(row('b'), 'r3', soon())).toBe(false);
    expect(await table.remove(row('a'), 'r2', soon())).toBe(false);
    expect(await table.remove(row('a'), 'r3', soon())).toBe(true);
    expect(await table.remove(row('a'), 'r3', soon())).toBe(false);
  });

  it('are read over all pages', async () => {
    const large = 'x'.repeat(300_000);
    for (const sk of ['a', 'b', 'c', 'd', 'e'])
      await dynamo.table.put(row(sk, { document: large }), undefined, soon());
    expect((await dynamo.table.rows('p', soon())).map(({ sk }) => sk)).toEqual(['e', 'd', 'c', 'b', 'a']);
  });
});

/** What a call meets in place of an answer; `lost` is done by the table, but the answer never arrives. */
type Fault = 'throttled' | 'failed' | 'cut' | 'lost';

describe('with faults on the way', () => {
  let proxy: Server;
  let table: Table;
  /** Faults by operation, met one after the other. */
  let faults: { operation: string; fault: Fault }[];

  beforeEach(async () => {
    faults = [];
    proxy = createServer((incoming, outgoing) => void pass(incoming, outgoing)).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const endpoint = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    table = createDynamoTable({ name: dynamo.name, random: () => 0, target: { ...dynamo.target, endpoint } });
  });
  afterEach(() => {
    proxy.closeAllConnections();
    proxy.close();
  });

  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const operation = String(incoming.headers['x-amz-target']).split('.')[1];
    const at = faults.findIndex((planned) => planned.operation === operation);
    const [planned] = at === -1 ? [] : faults.splice(at, 1);
    if (planned?.fault === 'throttled')
      return refuse(outgoing, 400, 'ProvisionedThroughputExceededException');
    if (planned?.fault === 'failed') return refuse(outgoing, 500, 'InternalServerError');
    if (planned?.fault === 'cut') return void outgoing.destroy();
    const { method, url, headers } = incoming;
    const onward = forward(`${dynamo.target.endpoint}${url ?? '/'}`, { method, headers });
    incoming.pipe(onward);
    const [answer] = (await once(onward, 'response')) as [IncomingMessage];
    if (planned?.fault === 'lost') return void outgoing.destroy();
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(outgoing);
  }

  function refuse(outgoing: ServerResponse, status: number, name: string): void {
    const body = JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: 'no' });
    outgoing.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(body);
  }

  const operations = ['Query', 'PutItem', 'UpdateItem', 'DeleteItem'];
  const every = operations.flatMap((operation) =>
    (['throttled', 'failed', 'cut', 'lost'] as const).map((fault) => ({ operation, fault })),
  );

  it.each(every)('a report ends as it should when $operation is $fault', async ({ operation, fault }) => {
    const registry = registryOn(table);
    const old = candidate('old', { o1: '10.0.0.1' });
    await registry.post({ host: 'h1', running: [], candidates: [old, candidate('web', { w1: '10.0.0.2' })] });
    faults = [
      { operation, fault },
      { operation, fault },
    ];
    const after = await registry.post({
      host: 'h1',
      running: running({ 'web/w1': '10.0.0.2', 'web/w2': '10.0.0.3' }),
      candidates: [candidate('new', { n1: '10.0.0.4' })],
    });
    expect(faults).toEqual([]);
    expect(after.services).toMatchObject([
      { serviceName: 'new', containers: [{ id: 'n1' }] },
      { serviceName: 'web', containers: [{ id: 'w1' }, { id: 'w2' }] },
    ]);
    expect(await registry.view(tableName, soon())).toEqual(after);
  });

  it.each(operations)('gives up when %s stays throttled', async (operation) => {
    const registry = registryOn(table);
    await registry.post({ host: 'h1', running: [], candidates: [candidate('web', { w1: '10.0.0.2' })] });
    faults = Array.from({ length: 100 }, () => ({ operation, fault: 'throttled' as const }));
    const change =
      operation === 'DeleteItem'
        ? { running: [] }
        : { running: running({ 'web/w1': '10.0.0.2', 'web/w2': '10.0.0.3' }) };
    await expect(registry.post({ host: 'h1', ...change })).rejects.toMatchObject({
      code: 'UPSTREAM_THROTTLED',
    });
    faults = [];
    const repaired = await registry.post({ host: 'h1', ...change });
    expect(repaired.services).toHaveLength(operation === 'DeleteItem' ? 0 : 1);
  });
});

it('ends a call to a silent peer at the deadline', async () => {
  const silent = createTcpServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const sockets: { destroy(): void }[] = [];
  silent.on('connection', (socket) => sockets.push(socket));
  const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const table = createDynamoTable({ name: 'x', random: () => 0, target: { ...dynamo.target, endpoint } });
  const read = table.rows('p', deadlineIn(systemClock, 300));
  await expect(read).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  for (const socket of sockets) socket.destroy();
  silent.close();
});

it('says which permission or table is missing', async () => {
  const table = createDynamoTable({ name: 'no-such-table', random: () => 0, target: dynamo.target });
  await expect(table.rows('p', soon())).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining('dynamodb:Query of table no-such-table') as string,
  });
});
