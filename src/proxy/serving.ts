import type { ProxyFileText } from './file-text.ts';
import type { ProxyConfig } from './config.ts';
import type { Report } from './report.ts';

/** What serves requests: this process, or several workers. */
export interface Serving {
  readonly port: number;
  /** Goes over to another file, which has been checked. */
  change(file: ProxyFileText, config: ProxyConfig): void;
  /** What each serving process tells of itself. */
  reports(): Promise<readonly Report[]>;
  /** Serves what is here for as long as the grace lasts, and ends. */
  stop(): Promise<void>;
}
