import { type Catalog, createCatalog } from './catalog.ts';
import { type ConfigEntries, createConfigEntries } from './config-entries.ts';
import { createHealth, type Health } from './health.ts';
import { createInspection, type Inspection } from './inspection.ts';
import { type ConnectAuthority, createConnectAuthority } from './connect.ts';
import { type ConsulOptions, Requests } from './transport/requests.ts';
import { createPlaces, type Places } from './places.ts';
import { createServerInfo, type ServerInfo } from './server-info.ts';
import { createTransactions, type Transactions } from './transactions.ts';

/**
 * The calls that the programs make of a Consul. Every call ends at the deadline, is repeated while Consul is away or
 * limits it, and throws AppError UPSTREAM_UNAVAILABLE, UPSTREAM_THROTTLED, UPSTREAM_TIMEOUT, UPSTREAM_TLS,
 * UPSTREAM_AUTH (403), UPSTREAM_REJECTED or DEADLINE_EXCEEDED.
 */
export interface Consul
  extends Catalog, Health, ConfigEntries, Transactions, Places, ServerInfo, ConnectAuthority, Inspection {
  /** HTTP requests sent so far, repeated ones included. */
  calls(): number;
  /** Ends every connection. */
  close(): void;
}

/** A client of the Consul behind one agent, over kept-alive connections. Nothing is sent before the first call. */
export function createConsul(options: ConsulOptions): Consul {
  const requests = new Requests(options);
  return {
    ...createCatalog(requests),
    ...createHealth(requests),
    ...createConfigEntries(requests),
    ...createTransactions(requests),
    ...createPlaces(requests),
    ...createServerInfo(requests),
    ...createInspection(requests),
    ...createConnectAuthority(requests),
    calls: () => requests.sent,
    close: () => requests.close(),
  };
}
