import type { Consul } from '../../consul/api.ts';
import type { Scope } from '../model/ownership.ts';
import type { WarningEntry } from '../model/report.ts';

/** What writing to Consul needs to know. */
export interface Applier {
  consul: Consul;
  scope: Scope;
  nodeName: string;
  /** Writes in flight. */
  concurrency: number;
  warn: (warning: WarningEntry) => void;
}
