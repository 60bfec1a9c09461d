import type { ProxyConfig } from './config.ts';
import type { Report } from './told/report.ts';

/** What serving processes are told: plain data, with the routes of Consul among all others. */
export type ServedConfig = Omit<ProxyConfig, 'consul'>;

/** What serves requests: this process, or several workers. */
export interface Serving {
  readonly port: number;
  /** Goes over to other routes and limits, which have been checked, as a whole, for what comes from now on. */
  change(config: ServedConfig): void;
  report(): Promise<Report>;
  /** Takes no more connections, serves what is here for as long as the grace lasts, and ends. */
  stop(): Promise<void>;
}
