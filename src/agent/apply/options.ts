import type { Clock } from '../../core/clock.ts';
import type { AgentConfig } from '../config.ts';

/** What whoever applies is told: how HAProxy is reached, and how changes come to it. Times may become others meanwhile. */
export interface ApplierOptions {
  readonly haproxy: Pick<
    AgentConfig['haproxy'],
    'mode' | 'bin' | 'dir' | 'config' | 'socket' | 'masterSocket' | 'graceMs'
  >;
  readonly apply: Omit<AgentConfig['apply'], 'mode' | 'startWaitMs'>;
}

/** What time it is. */
export interface ApplierParts {
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Files in the agent's folder that the configuration names. */
export function filesIn(dir: string): { readonly map: string; readonly states: string } {
  return { map: `${dir}/routes.map`, states: `${dir}/server-state` };
}
