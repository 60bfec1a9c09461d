import type { Balance, Scheme } from '../../haproxy/model.ts';

/** How servers are asked whether they are well: by connecting, not at all, or by a path. */
export type Check = 'tcp' | 'off' | `/${string}`;

/** How a service is served. Times in milliseconds. */
export interface ServiceOptions {
  readonly balance: Balance;
  readonly check: Check;
  readonly interMs: number;
  readonly fall: number;
  readonly rise: number;
  /** What a server weighs that says nothing of it. */
  readonly weight: number;
  /** Concurrent requests for each server; 0: no limit. */
  readonly maxconn: number;
  readonly timeoutMs: number;
  readonly slowstartMs: number;
  /** Whether all servers take requests when none of them is well. */
  readonly failOpen: boolean;
  /** The application's own cookie, which HAProxy prefixes. */
  readonly cookie?: string | undefined;
  /** Whether HAProxy inserts a cookie of its own. */
  readonly sticky: boolean;
  readonly scheme: Scheme;
  /** Lines of the configuration's owner. */
  readonly snippet: readonly string[];
}

/** What somebody says of a service over what others say. */
export type SaidOptions = Partial<ServiceOptions>;
