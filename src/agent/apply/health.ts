import { parseStat } from '../../haproxy-process/answers.ts';
import type { ServerHealth } from './api.ts';

/** Every server of every backend (https://docs.haproxy.org/2.6/management.html#9.3-show%20stat). */
export const askForServers = 'show stat -1 4 -1';

const columns = ['pxname', 'svname', 'status', 'weight', 'check_status'];

/** How servers do by `<backend>/<server>`, in what HAProxy answers to {@link askForServers}. */
export function healthOf(answer: string): ReadonlyMap<string, ServerHealth> {
  return new Map(
    parseStat(answer, columns).map(([backend, server, status = '', weight = '', check = '']) => {
      // A check that runs has a star before what the one before it gave.
      const health = check.replace(/^\* /, '');
      return [`${backend}/${server}`, { state: stateOf(status, weight, health), health }];
    }),
  );
}

function stateOf(status: string, weight: string, health: string): ServerHealth['state'] {
  if (status.startsWith('MAINT')) return 'maint';
  if (status.startsWith('DOWN')) return 'down';
  if (status.startsWith('DRAIN') || weight === '0') return 'drain';
  return health === 'INI' ? 'checking' : 'up';
}
