import { createAgent } from './server-info.ts';
import type { Consul } from './api.ts';
import { createCatalog } from './catalog.ts';
import { createConfigEntries } from './config-entries.ts';
import { type ConsulOptions, Requests } from './requests.ts';
import { createTransactions } from './transactions.ts';

/** One datacenter of a Consul, over kept-alive connections. Nothing is sent before the first call. */
export function createConsul(options: ConsulOptions): Consul {
  const requests = new Requests(options);
  return {
    ...createCatalog(requests),
    ...createConfigEntries(requests),
    ...createTransactions(requests, options.datacenter),
    ...createAgent(requests, options.datacenter),
    calls: () => requests.sent,
    close: () => requests.close(),
  };
}
