import type { ExtensionParameters, Functions } from '../aws/api.ts';
import type { Catalog } from '../consul/catalog.ts';
import type { ConnectAuthority } from '../consul/connect.ts';
import type { ConfigEntries } from '../consul/config-entries.ts';
import type { Places } from '../consul/places.ts';
import type { ServerInfo } from '../consul/server-info.ts';
import type { Transactions } from '../consul/transactions.ts';
import type { Clock } from '../core/clock.ts';
import type { Deadline } from '../core/deadline.ts';
import type { Random } from '../core/random.ts';
import type { Place } from '../lambda-service/place.ts';
import type { ServiceDefaultsFormat } from '../lambda-service/service-defaults.ts';
import type { RegistratorConfig } from './config.ts';
import type { Scope } from './model/ownership.ts';
import type { ChangeEntry } from './model/report.ts';

/** What the registrator asks of Consul. */
type Consul = Catalog & ConfigEntries & Transactions & Places & ServerInfo & ConnectAuthority;

/** What one invocation of a process leaves to the next. */
export interface Memory {
  /** The format of service-defaults that the servers were found to understand. */
  format?: ServiceDefaultsFormat;
  /** The datacenter that keeps config entries, where it turned out to be another than the one that answers. */
  primary?: string;
  /** Datacenters that were seen to share the service-defaults that are written at home. */
  federated?: Set<string>;
  /** Datacenters that keep service-defaults of their own, and until when of the clock that is believed. */
  separate?: Map<string, number>;
  /** The known datacenters, and until when of the clock they are believed. */
  datacenters?: { names: string[]; until: number };
}

/** What a registrator is made of; the composition root supplies it. */
export interface Registrator {
  consul: Consul;
  functions: Functions;
  parameters: ExtensionParameters;
  config: RegistratorConfig;
  scope: Scope;
  /** Where functions belong that name no datacenter. */
  home: Place;
  clock: Clock;
  /** Milliseconds since 1970, for what must outlive the process. */
  wallClock: () => number;
  random: Random;
  memory: Memory;
  onChange: (change: ChangeEntry) => void;
}

/** One run of a registrator: all that its steps share, and nothing that they change. */
export interface Run extends Registrator {
  deadline: Deadline;
  /** Nothing is written. */
  dryRun: boolean;
  /** All names are looked at: then one list of them costs less than an answer for each. */
  isFull: boolean;
  /** So many deletions go through the limit of deletions. */
  allowDeletes?: number | undefined;
}
