import { metaKeys } from '../../lambda-service/service.ts';
import { type Change, overwrites } from '../model/change.ts';
import { entryKey, type Key, placeOf } from '../model/key.ts';
import type { Pair } from '../model/ownership.ts';
import type { SkipEntry, SkipReason } from '../model/report.ts';
import { type FunctionStates, isSettled, seesWhole, type Snapshot } from '../model/snapshot.ts';
import { isAbroad } from '../model/territory.ts';
import { type ClaimedNames, claimedNames } from './claims.ts';
import { decide } from './decide.ts';
import type { Basis, ClosedLink, Decision, PlanSettings } from './case.ts';
import { shareDefaults } from './shared-defaults.ts';
import { collision, withheld, hiddenFormer } from './skips.ts';

/** Up to so many creations are planned from fresh tags; more of them may trust the tagging index. */
const freshCreations = 50;

export interface Plan {
  upserts: Change[];
  deletions: Change[];
  skips: SkipEntry[];
  unchanged: number;
  /** Pairs of ours that were observed: what the share of deletions is measured against. */
  owned: number;
  /** Services whose terminating gateways could not be looked at. */
  closedLinks: ClosedLink[];
}

/**
 * Decides what to do about every name that a function claims or that Consul holds for us. Pure: same snapshot, same plan.
 *
 * | Consul holds the name      | functions claim it                  | decision |
 * |----------------------------|-------------------------------------|----------|
 * | free                       | one                                 | create |
 * | free                       | several                             | create for a function before an alias, then the smaller ARN; the others: collision |
 * | free, on another node      | any                                 | conflict, unless all instances there are ours |
 * | ours                       | the holder, as registered           | unchanged |
 * | ours                       | the holder, with differences        | update |
 * | ours, a half missing       | the holder                          | create (service) or update (service-defaults) |
 * | ours, on another node too  | the holder; its service is missing  | conflict, and delete of the service-defaults |
 * | ours                       | the holder and others               | as above for the holder; the others: collision |
 * | ours                       | others; the holder no longer claims | update in place for the first of them |
 * | ours                       | others; the holder is protected     | collision |
 * | ours                       | nobody                              | delete |
 * | ours                       | nobody; the holder is protected     | nothing |
 * | no mark, adoptable         | exactly its ARN                     | adopt |
 * | no mark                    | any other                           | conflict |
 * | no mark, leftover          | nobody, function gone or disabled   | delete with ADOPT_UNOWNED |
 * | our mark, other's ARN      | any or nobody                       | foreign-arn |
 * | another owner's            | any                                 | conflict |
 *
 * A holder is protected while its tags cannot be read or followed, while the place that they name cannot be looked at, or
 * while they name a datacenter and ours is not known. Instead of a deletion: `policy` under upsert-only, `unconfirmed` when
 * functions or Consul were not seen whole. When Consul was not seen whole nothing existing is written either.
 *
 * Services are planned once a place and name; their service-defaults, which the datacenters of a partition and namespace
 * share, are written or deleted once, and go only when nobody uses the name in another datacenter. Of functions that claim
 * a name in different datacenters one has it. A service that its function has at another place now goes after it is
 * there, and stays where it cannot be there.
 * What another registrator of the same owner keeps, by its mark of home, is left to it.
 *
 * @param keys the names to decide; all of them by default
 * @param settled names that were dealt with in this run: they bring no further change
 */
export function planChanges(
  snapshot: Snapshot,
  settings: PlanSettings,
  keys?: ReadonlySet<Key>,
  settled: ReadonlySet<Key> = new Set(),
): Plan {
  const ground = { ...settings, closed: snapshot.observed.closed };
  const claimed = claimedNames(snapshot, ground);
  const basis = { snapshot, settings, ground, claimed, siblings: siblingsIn(snapshot) };
  const asked =
    keys ?? new Set([...claimed.byKey.keys(), ...claimed.lost.keys(), ...snapshot.observed.pairs.keys()]);
  const names = namesOf(asked, basis);
  const decided = names.map((key) => withhold(decide(key, basis), snapshot, settings));
  const decisions = holdMoves(decided, snapshot);
  const isOpen = names.map((key) => !settled.has(key));
  const open = decisions.filter((_decision, index) => isOpen[index]);
  const changes = shareDefaults(open);
  return {
    upserts: trustBulkCreations(changes.filter(({ action }) => action !== 'delete')),
    deletions: changes.filter(({ action }) => action === 'delete'),
    skips: [...decisions.flatMap(({ skips }) => skips), ...lostNames(asked, claimed)],
    unchanged: open.filter(({ unchanged }) => unchanged !== undefined).length,
    owned: decisions.filter(({ isOwned }) => isOwned).length,
    closedLinks: decisions.flatMap(({ closedLink }) => closedLink ?? []),
  };
}

/** What moves to another place stays where it is while it neither is there nor is made there. */
function holdMoves(decisions: readonly Decision[], { observed }: Snapshot): Decision[] {
  const made = new Map(
    decisions.flatMap(({ change }) =>
      change && change.action !== 'delete' ? [[change.key, change.arn] as const] : [],
    ),
  );
  const arnOf = (pair: Pair | undefined): string | undefined => pair?.service?.Meta?.[metaKeys.arn];
  return decisions.map((decision) => {
    const { change, ...rest } = decision;
    const { after, key, pair } = change ?? {};
    if (key === undefined || after === undefined || pair?.service === undefined) return decision;
    const isThere = (made.get(after) ?? arnOf(observed.pairs.get(after))) === arnOf(pair);
    if (isThere || placeOf(after) === placeOf(key) || change === undefined) return decision;
    return { ...rest, stays: key, skips: [...rest.skips, withheld(change, 'unconfirmed')] };
  });
}

/** What is said of claims that lost to another datacenter. */
function lostNames(asked: ReadonlySet<Key>, { lost }: ClaimedNames): SkipEntry[] {
  return [...lost].flatMap(([key, { services, holder }]) =>
    asked.has(key) ? services.map((claim) => collision(claim, holder)) : [],
  );
}

/** Pairs with a service by the key of their service-defaults, where several datacenters were looked at. */
function siblingsIn({ observed }: Snapshot): ReadonlyMap<Key, readonly Pair[]> {
  const byEntry = new Map<Key, Pair[]>();
  if (new Set([...observed.nodes.keys()].map((key) => key.split('/')[0])).size < 2) return byEntry;
  for (const [key, pair] of observed.pairs) {
    if (pair.service === undefined) continue;
    byEntry.set(entryKey(key), [...(byEntry.get(entryKey(key)) ?? []), pair]);
  }
  return byEntry;
}

/**
 * The names to decide, in order. Service-defaults that stand alone at home are no name of their own where another
 * datacenter has a service, or is asked for one, that uses them.
 */
function namesOf(asked: ReadonlySet<Key>, { snapshot, settings, claimed }: Basis): Key[] {
  const { pairs } = snapshot.observed;
  const abroad = [...pairs.values(), ...claimed.byKey.values()].some(({ place }) =>
    isAbroad(settings, place),
  );
  if (!abroad) return [...asked].toSorted();
  const isUsed = (key: Key): boolean => claimed.byKey.has(key) || pairs.get(key)?.service !== undefined;
  const used = new Set([...claimed.byKey.keys(), ...pairs.keys()].filter(isUsed).map(entryKey));
  return [...asked].filter((key) => isUsed(key) || !used.has(entryKey(key))).toSorted();
}

/** Whether the tags that a change rests on have been read afresh. */
export function isConfirmed(change: Change, functions: FunctionStates): boolean {
  return change.restsOn.every((arn) => isSettled(functions.get(arn)));
}

/** Turns changes that the view or the policy do not allow into skips. */
function withhold(decision: Decision, snapshot: Snapshot, settings: PlanSettings): Decision {
  const { change, ...rest } = decision;
  if (change?.pair.hidesFormer) return { ...rest, skips: [...rest.skips, hiddenFormer(change)] };
  const reason = change && withholdingReason(change, snapshot, settings);
  if (change === undefined || reason === undefined) return decision;
  return { ...rest, skips: [...rest.skips, withheld(change, reason)] };
}

function withholdingReason(
  change: Change,
  { observed, isListed }: Snapshot,
  { policy }: PlanSettings,
): SkipReason | undefined {
  const isWhole = seesWhole(observed, change.place);
  if (change.action === 'delete') {
    if (policy === 'upsert-only') return 'policy';
    return isListed && isWhole ? undefined : 'unconfirmed';
  }
  const mayOverwrite = overwrites(change) || observed.others.get(change.key) === 'hidden';
  return mayOverwrite && !isWhole ? 'unconfirmed' : undefined;
}

/** Many new names at once may rest on the tagging index alone; whatever exists or is contested may not. */
function trustBulkCreations(upserts: readonly Change[]): Change[] {
  const isUncontested = ({ pair, restsOn }: Change): boolean =>
    pair.service === undefined && pair.defaults === undefined && restsOn.length === 1;
  if (upserts.filter(isUncontested).length <= freshCreations) return [...upserts];
  return upserts.map((change) =>
    isUncontested(change) ? Object.assign({}, change, { restsOn: [] }) : change,
  );
}
