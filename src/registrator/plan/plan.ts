import type { LambdaService } from '../../lambda-service/service.ts';
import type { ServiceDefaultsFormat } from '../../lambda-service/service-defaults.ts';
import { type Change, diffPair } from '../model/change.ts';
import { claimsByName } from './claims.ts';
import { functionOf, type Pair, type Scope, type Standing, standingOf } from '../model/ownership.ts';
import type { SkipEntry, SkipReason } from '../model/report.ts';
import { collision, conflict, conflictElsewhere, skipMisplaced, withheld } from './skips.ts';
import {
  type FunctionState,
  type FunctionStates,
  isElsewhere,
  isProtected,
  isSettled,
  type Observed,
} from '../model/snapshot.ts';

/** Up to so many creations are planned from fresh tags; more of them may trust the tagging index. */
const freshCreations = 50;

export interface PlanSettings {
  scope: Scope;
  /** The datacenter that is managed; functions of others are not wanted here. */
  datacenter: string | undefined;
  format: ServiceDefaultsFormat;
  policy: 'sync' | 'upsert-only';
  adoptUnowned: boolean;
}

export interface World {
  observed: Observed;
  functions: FunctionStates;
  /** False when the listing of functions ended early: then absence from it proves nothing. */
  listed: boolean;
}

export interface Plan {
  upserts: Change[];
  deletions: Change[];
  skips: SkipEntry[];
  unchanged: number;
  /** Pairs of ours that were observed: what the share of deletions is measured against. */
  owned: number;
}

interface Decision {
  change?: Change;
  skips: SkipEntry[];
  /** Consul already holds what is wanted. */
  unchanged?: boolean;
  /** The pair counts as ours. */
  owned?: boolean;
}

/**
 * Decides what to do about every name that a function claims or that Consul holds for us. Pure: same world, same plan.
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
 * A holder is protected while its tags cannot be read or followed, or while they name a datacenter and ours is not known.
 * Instead of a deletion: `policy` under upsert-only, `unconfirmed` when functions or Consul were not seen whole. When
 * Consul was not seen whole nothing existing is written either.
 *
 * @param keys the names to decide; all of them by default
 * @param done names that were settled in this run: they bring no further change
 */
export function planChanges(
  world: World,
  settings: PlanSettings,
  keys?: ReadonlySet<string>,
  done: ReadonlySet<string> = new Set(),
): Plan {
  const claims = claimsByName(world.functions, settings.datacenter);
  const names = keys ?? new Set([...claims.keys(), ...world.observed.pairs.keys()]);
  const plan: Plan = { upserts: [], deletions: [], skips: [], unchanged: 0, owned: 0 };
  for (const key of [...names].toSorted()) {
    const decision = withhold(decide(key, claims.get(key) ?? [], world, settings), world, settings);
    plan.skips.push(...decision.skips);
    if (decision.owned) plan.owned += 1;
    if (done.has(key)) continue;
    if (decision.unchanged) plan.unchanged += 1;
    if (decision.change === undefined) continue;
    if (decision.change.action === 'delete') plan.deletions.push(decision.change);
    else plan.upserts.push(decision.change);
  }
  return { ...plan, upserts: trustBulkCreations(plan.upserts) };
}

/** Whether the tags that a change rests on have been read afresh. */
export function isConfirmed(change: Change, functions: FunctionStates): boolean {
  return change.restsOn.every((arn) => isSettled(functions.get(arn)));
}

function decide(key: string, claims: LambdaService[], world: World, settings: PlanSettings): Decision {
  const pair = world.observed.pairs.get(key) ?? { namesakes: [] };
  const standing = standingOf(pair, settings.scope);
  const [first] = claims;
  switch (standing.kind) {
    case 'free':
      return first === undefined ? { skips: [] } : award(key, first, claims, pair, world, settings);
    case 'ours':
      return { ...decideOurs(key, claims, pair, standing.arns, world, settings), owned: true };
    case 'unmarked':
      return decideUnmarked(key, claims, pair, standing, world, settings);
    case 'foreign-arn':
      return { skips: skipMisplaced(claims, pair, standing.arn) };
    case 'foreign':
      return { skips: claims.map((claim) => conflict(claim, pair, standing.owner)) };
  }
}

function decideOurs(
  key: string,
  claims: LambdaService[],
  pair: Pair,
  arns: string[],
  world: World,
  settings: PlanSettings,
): Decision {
  const holders = arns.map(functionOf);
  for (const arn of arns) {
    const held = claims.find((claim) => claim.arn === arn);
    if (held) return restingOn(holders, award(key, held, claims, pair, world, settings));
    if (isProtected(world.functions.get(functionOf(arn)), settings.datacenter)) {
      return { skips: claims.map((claim) => collision(claim, arn)) };
    }
  }
  const [first] = claims;
  if (first === undefined) return { change: deletion(key, pair, arns, world, settings), skips: [] };
  const taken = restingOn(holders, award(key, first, claims, pair, world, settings));
  if (taken.change) taken.change.reason = `${arns.join(', ')} no longer claims the name`;
  return taken;
}

/** Whoever is named in Consul is heard before the name goes to somebody else. */
function restingOn(holders: readonly string[], decision: Decision): Decision {
  const { change } = decision;
  if (change) change.restsOn = [...new Set([...change.restsOn, ...holders])];
  return decision;
}

function decideUnmarked(
  key: string,
  claims: LambdaService[],
  pair: Pair,
  standing: Extract<Standing, { kind: 'unmarked' }>,
  world: World,
  settings: PlanSettings,
): Decision {
  const exact = standing.adoptable ? claims.find((claim) => claim.arn === standing.arn) : undefined;
  if (exact) {
    const adopted = award(key, exact, claims, pair, world, settings);
    if (adopted.change)
      Object.assign(adopted.change, {
        action: 'adopt',
        reason: 'made for the same function by a registrator without owner marks',
      });
    return adopted;
  }
  if (claims.length > 0) return { skips: claims.map((claim) => conflict(claim, pair, undefined)) };
  const arn = standing.arn;
  if (!settings.adoptUnowned || !standing.leftover || arn === undefined) return { skips: [] };
  const state = world.functions.get(functionOf(arn));
  const inUse =
    isProtected(state, settings.datacenter) ||
    (state?.kind === 'tagged' && state.fresh && state.tags.enabled);
  return inUse
    ? { skips: [], owned: true }
    : { change: deletion(key, pair, [arn], world, settings), skips: [], owned: true };
}

/** Gives the name to one claim; the others collide with it. */
function award(
  key: string,
  winner: LambdaService,
  claims: readonly LambdaService[],
  pair: Pair,
  world: World,
  settings: PlanSettings,
): Decision {
  const losers = claims.filter((claim) => claim !== winner).map((claim) => collision(claim, winner.arn));
  const diff = diffPair(pair, winner, settings.scope.ownerId, settings.format);
  if (diff.fields.length === 0) return { skips: losers, unchanged: true };
  const isNew = pair.service === undefined;
  if (isNew && world.observed.elsewhere.get(key) === 'foreign') {
    const skips = claims.map(conflictElsewhere);
    if (pair.defaults === undefined) return { skips };
    // Left where they are, our service-defaults would go on to capture the stranger's traffic.
    const removal = deletion(key, pair, [winner.arn], world, settings);
    return { skips, change: { ...removal, reason: 'a service on another node uses the name' } };
  }
  // A name that nobody holds is contested until all who claim it have been heard.
  const heard = pair.service === undefined && pair.defaults === undefined ? claims : [winner];
  const change: Change = {
    ...diff,
    action: isNew ? 'create' : 'update',
    key,
    name: winner.name,
    arn: winner.arn,
    fields: isNew ? [] : diff.fields,
    reason: isNew ? 'the function is enabled' : 'Consul differs from what the tags ask for',
    pair,
    restsOn: [...new Set(heard.map((claim) => functionOf(claim.arn)))],
  };
  return { change, skips: losers };
}

function deletion(key: string, pair: Pair, arns: string[], world: World, settings: PlanSettings): Change {
  return {
    action: 'delete',
    key,
    name: pair.service?.ID ?? pair.defaults?.Name ?? key,
    arn: arns[0] ?? '',
    fields: [],
    reason: whyUnwanted(world.functions.get(functionOf(arns[0] ?? '')), settings.datacenter),
    pair,
    restsOn: [...new Set(arns.map(functionOf))],
  };
}

function whyUnwanted(state: FunctionState | undefined, datacenter: string | undefined): string {
  if (state?.kind === 'gone') return 'the function no longer exists';
  if (state?.kind !== 'tagged') return 'the function was not listed';
  if (!state.tags.enabled) return 'the function is not enabled';
  if (isElsewhere(state.tags, datacenter))
    return `the function belongs to datacenter ${state.tags.datacenter}`;
  return 'the tags of the function no longer ask for this service';
}

/** Turns changes that the view or the policy do not allow into skips. */
function withhold(decision: Decision, world: World, settings: PlanSettings): Decision {
  const { change } = decision;
  if (change === undefined) return decision;
  const reason = withholdingReason(change, world, settings);
  if (reason === undefined) return decision;
  const { change: _withheld, ...rest } = decision;
  return { ...rest, skips: [...decision.skips, withheld(change, reason)] };
}

function withholdingReason(change: Change, world: World, settings: PlanSettings): SkipReason | undefined {
  if (change.action === 'delete') {
    if (settings.policy === 'upsert-only') return 'policy';
    return world.listed && world.observed.complete ? undefined : 'unconfirmed';
  }
  const overwrites =
    (change.service !== undefined && change.pair.service !== undefined) ||
    (change.defaults !== undefined && change.pair.defaults !== undefined);
  return overwrites && !world.observed.complete ? 'unconfirmed' : undefined;
}

/** Many new names at once may rest on the tagging index alone; whatever exists or is contested may not. */
function trustBulkCreations(upserts: Change[]): Change[] {
  const uncontested = upserts.filter(
    ({ pair, restsOn }) => pair.service === undefined && pair.defaults === undefined && restsOn.length === 1,
  );
  if (uncontested.length > freshCreations) for (const change of uncontested) change.restsOn = [];
  return upserts;
}
