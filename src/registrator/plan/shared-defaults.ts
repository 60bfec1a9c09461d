import type { Change } from '../model/change.ts';
import { entryKey, type Key } from '../model/key.ts';
import type { Decision } from './decide.ts';

/**
 * The changes of decisions, service-defaults once for all places that share them: the first change that writes or deletes
 * them does so for the others, and no deletion takes what another place goes on to need.
 */
export function shareDefaults(decisions: readonly ({ key: Key } & Decision)[]): Change[] {
  const needed = new Set(
    decisions
      .filter(({ change, isUnchanged }) => isUnchanged || (change && change.action !== 'delete'))
      .map(({ key }) => entryKey(key)),
  );
  const taken = new Set<Key>();
  return decisions
    .flatMap(({ change }) => change ?? [])
    .map((change) => {
      const entry = entryKey(change.key);
      const { defaults, ...writes } = change.writes;
      const isDue = defaults !== undefined || (change.dropsDefaults && !needed.has(entry));
      const isFirst = isDue && !taken.has(entry);
      if (isFirst) taken.add(entry);
      return {
        ...change,
        dropsDefaults: change.dropsDefaults && isFirst,
        writes: isFirst ? change.writes : writes,
      };
    });
}
