import type { Consul } from '../../consul/client.ts';
import type { Place } from '../../lambda-service/place.ts';
import type { Scope } from '../model/ownership.ts';
import type { WarningEntry } from '../model/report.ts';

/** What writing to Consul needs to know. */
export interface Applier {
  consul: Consul;
  /** Where services and service-defaults are written. */
  place: Place;
  scope: Scope;
  nodeName: string;
  /** Writes in flight. */
  concurrency: number;
  warn: (warning: WarningEntry) => void;
}
