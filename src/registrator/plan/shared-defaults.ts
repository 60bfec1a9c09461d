import type { Change } from '../model/change.ts';
import { entryKey, type Key } from '../model/key.ts';
import type { Decision } from './case.ts';

/**
 * The changes of decisions, service-defaults once for all places that share them: the first change that writes or deletes
 * them does so for the others, and no deletion takes what another place goes on to need.
 */
export function shareDefaults(decisions: readonly Decision[]): Change[] {
  const needed = new Set<Key>();
  for (const { change, unchanged, stays } of decisions) {
    const kept = change && change.action !== 'delete' ? change.key : (unchanged ?? stays);
    if (kept !== undefined) needed.add(entryKey(kept));
  }
  const taken = new Set<Key>();
  return decisions.flatMap(({ change }) => {
    if (change === undefined) return [];
    const entry = entryKey(change.key);
    const isDropped = change.dropsDefaults && !needed.has(entry);
    const isDue = change.writes.defaults !== undefined || isDropped;
    if (isDue && !taken.has(entry)) {
      taken.add(entry);
      return [change];
    }
    const { defaults: _once, ...writes } = change.writes;
    const isEmpty = change.action === 'delete' && change.pair.service === undefined && !change.pair.former;
    return isEmpty ? [] : [{ ...change, writes, dropsDefaults: false }];
  });
}
