import type { Consul } from '../consul/api.ts';
import type { Scope } from './ownership.ts';
import type { WarningEntry } from './report.ts';

/** What writing to Consul needs to know. */
export interface Applier {
  consul: Consul;
  scope: Scope;
  nodeName: string;
  /** Writes in flight. */
  concurrency: number;
  warn: (warning: WarningEntry) => void;
}
