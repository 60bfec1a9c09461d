import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it, onTestFinished } from 'vitest';
import { createConnections } from '../../../src/aws/transport/connections.ts';
import { waitUntil } from '../../support/wait-until.ts';

it('are dropped with those who hold them, once they are closed', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const server = createServer((_incoming, outgoing) => outgoing.end('x')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const connections = createConnections(undefined);
  onTestFinished(() => {
    server.close();
    return connections.close();
  });
  const call = async (): Promise<{ isShared: boolean; pool: WeakRef<object> }> => {
    const pool = connections.to(origin, false);
    const { body } = await pool.request({ method: 'GET', path: '/' });
    await body.text();
    return { isShared: connections.to(origin, true) === pool, pool: new WeakRef(pool) };
  };
  const { isShared, pool } = await call();
  expect(isShared).toBe(true);
  server.closeAllConnections();
  await waitUntil('the end of the pool', () => {
    collect();
    return pool.deref() === undefined;
  });
});
