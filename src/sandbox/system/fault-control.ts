import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { systemRandom } from '../../core/random.ts';
import { type Faults, faultsByShare } from '../aws/faults.ts';
import { type FaultShares, faultSharesSchema, sharesByFault } from '../fault-shares.ts';

/** Says which share of the calls to AWS fails, here and to other processes of this machine. */
export interface FaultControl {
  /** Where other processes read and set it. */
  readonly url: string;
  set(shares: FaultShares): void;
  /** Calls since it was set, and how many of them failed. */
  count(): { readonly calls: number; readonly failed: number };
  close(): Promise<void>;
}

/** @param onSet told of what another process has set */
export async function startFaultControl(
  faults: Faults,
  onSet: (shares: FaultShares) => void,
): Promise<FaultControl> {
  let current: FaultShares = {};
  let counted = { calls: 0, failed: 0 };
  const set = (shares: FaultShares): void => {
    current = shares;
    counted = { calls: 0, failed: 0 };
    const strike = faultsByShare(systemRandom, sharesByFault(shares));
    faults.strike = (call) => {
      const fault = strike(call);
      counted = { calls: counted.calls + 1, failed: counted.failed + (fault === undefined ? 0 : 1) };
      return fault;
    };
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method === 'PUT') {
      const asked = faultSharesSchema.safeParse(await json(request));
      if (!asked.success) return void response.writeHead(400).end(asked.error.message);
      set(asked.data);
      onSet(asked.data);
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(current));
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.writeHead(400).end());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    set,
    count: () => counted,
    close: async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}
