import type { Place } from '../../lambda-service/place.ts';
import type { LambdaService } from '../../lambda-service/service.ts';
import type { ServiceDefaultsFormat } from '../../lambda-service/service-defaults.ts';
import { type Change, diffPair } from '../model/change.ts';
import type { Key } from '../model/key.ts';
import {
  functionOf,
  ownsDefaults,
  type Pair,
  type Scope,
  type Standing,
  standingOf,
} from '../model/ownership.ts';
import type { SkipEntry } from '../model/report.ts';
import {
  type FunctionState,
  isOfOtherDatacenter,
  isProtected,
  type Observed,
  seesWhole,
  type Snapshot,
} from '../model/snapshot.ts';
import { collision, conflict, conflictOnOtherNode, skipMisplaced } from './skips.ts';

export interface PlanSettings {
  scope: Scope;
  /** Where functions belong that name no datacenter. */
  home: Place;
  /** The name of home's datacenter, where it is known; functions of others are not wanted here. */
  datacenter: string | undefined;
  format: ServiceDefaultsFormat;
  policy: 'sync' | 'upsert-only';
  adoptUnowned: boolean;
}

/** What is to be done about one name. */
export interface Decision {
  change?: Change;
  skips: SkipEntry[];
  /** The name, where Consul already holds what is wanted. */
  unchanged?: Key;
  /** The pair counts as ours. */
  isOwned?: boolean;
}

/** One name: what Consul holds under it, who claims it in order of precedence, and what else counts. */
interface Case {
  key: Key;
  pair: Pair;
  claims: readonly LambdaService[];
  snapshot: Snapshot;
  settings: PlanSettings;
}

/** Decides about one name as the table of `planChanges` says, whatever view and policy allow. */
export function decide(
  key: Key,
  claims: readonly LambdaService[],
  snapshot: Snapshot,
  settings: PlanSettings,
): Decision {
  const pair = snapshot.observed.pairs.get(key) ?? { place: settings.home, namesakes: [] };
  const standing = standingOf(pair, settings.scope);
  const name: Case = { key, pair, claims, snapshot, settings };
  const [first] = claims;
  switch (standing.kind) {
    case 'free':
      return first === undefined ? { skips: [] } : award(name, first);
    case 'ours':
      return { ...decideOurs(name, standing.arns), isOwned: true };
    case 'unmarked':
      return decideUnmarked(name, standing);
    case 'foreign-arn':
      return { skips: skipMisplaced(claims, pair, standing.arn) };
    case 'foreign':
      return { skips: claims.map((claim) => conflict(claim, pair, standing.owner)) };
  }
}

function decideOurs(name: Case, arns: readonly string[]): Decision {
  const { claims, snapshot, settings } = name;
  const holders = arns.map(functionOf);
  for (const arn of arns) {
    const held = claims.find((claim) => claim.arn === arn);
    if (held) return award(name, held, { holders });
    if (isProtected(snapshot.functions.get(functionOf(arn)), settings.datacenter)) {
      return { skips: claims.map((claim) => collision(claim, arn)) };
    }
  }
  const [first] = claims;
  if (first === undefined) return { change: deletion(name, arns), skips: [] };
  return award(name, first, { holders, reason: `${arns.join(', ')} no longer claims the name` });
}

function decideUnmarked(name: Case, standing: Extract<Standing, { kind: 'unmarked' }>): Decision {
  const { claims, pair, snapshot, settings } = name;
  const exact = standing.adoptable ? claims.find((claim) => claim.arn === standing.arn) : undefined;
  if (exact) {
    const reason = 'made for the same function by a registrator without owner marks';
    return award(name, exact, { action: 'adopt', reason });
  }
  if (claims.length > 0) return { skips: claims.map((claim) => conflict(claim, pair, undefined)) };
  const { arn } = standing;
  if (!settings.adoptUnowned || !standing.leftover || arn === undefined) return { skips: [] };
  const state = snapshot.functions.get(functionOf(arn));
  const isInUse =
    isProtected(state, settings.datacenter) ||
    (state?.kind === 'tagged' && state.fresh && state.tags.enabled);
  return isInUse ? { skips: [], isOwned: true } : { change: deletion(name, [arn]), skips: [], isOwned: true };
}

/** What is said of an award where it is no plain creation or update. */
interface Award {
  action?: 'adopt';
  reason?: string;
  /** Functions that are named in Consul, which are heard before the name goes to somebody else. */
  holders?: readonly string[];
}

/** Gives the name to one claim; the others collide with it. */
function award(name: Case, winner: LambdaService, { action, reason, holders = [] }: Award = {}): Decision {
  const { key, pair, claims, snapshot, settings } = name;
  const losers = claims.filter((claim) => claim !== winner).map((claim) => collision(claim, winner.arn));
  const { fields, writes } = diffPair(pair, winner, settings.scope.ownerId, settings.format);
  if (fields.length === 0) return { skips: losers, unchanged: key };
  const isNew = pair.service === undefined;
  if (isNew && isForeign(snapshot.observed, key, pair)) return giveWay(name, winner, holders);
  // A name that nobody holds is contested until all who claim it have been heard.
  const heard = isNew && pair.defaults === undefined ? claims : [winner];
  const change: Change = {
    action: action ?? (isNew ? 'create' : 'update'),
    key,
    place: pair.place,
    pair,
    service: winner.name,
    arn: winner.arn,
    fields: isNew ? [] : fields,
    reason: reason ?? (isNew ? 'the function is enabled' : 'Consul differs from what the tags ask for'),
    writes,
    dropsDefaults: false,
    restsOn: [...new Set([...heard.map((claim) => functionOf(claim.arn)), ...holders])],
  };
  return { change, skips: losers };
}

/** Whether a stranger uses the name on another node; what is hidden is one's, unless our own node is hidden, too. */
function isForeign(observed: Observed, key: Key, { place }: Pair): boolean {
  const use = observed.others.get(key);
  return use === 'foreign' || (use === 'hidden' && seesWhole(observed, place));
}

/** Left where they are, our service-defaults would go on to capture the traffic of a stranger on another node. */
function giveWay(name: Case, winner: LambdaService, holders: readonly string[]): Decision {
  const skips = name.claims.map(conflictOnOtherNode);
  if (name.pair.defaults === undefined) return { skips };
  const reason = 'a service on another node uses the name';
  return { skips, change: { ...deletion(name, [winner.arn, ...holders]), reason } };
}

function deletion(name: Case, arns: readonly string[]): Change {
  const { key, pair, snapshot, settings } = name;
  return {
    action: 'delete',
    key,
    place: pair.place,
    pair,
    service: pair.service?.ID ?? pair.defaults?.Name ?? key,
    arn: arns[0] ?? '',
    fields: [],
    reason: whyUnwanted(snapshot.functions.get(functionOf(arns[0] ?? '')), settings.datacenter),
    writes: {},
    dropsDefaults: pair.defaults !== undefined && ownsDefaults(pair.defaults, settings.scope),
    restsOn: [...new Set(arns.map(functionOf))],
  };
}

function whyUnwanted(state: FunctionState | undefined, datacenter: string | undefined): string {
  if (state?.kind === 'gone') return 'the function no longer exists';
  if (state?.kind !== 'tagged') return 'the function was not listed';
  if (!state.tags.enabled) return 'the function is not enabled';
  if (isOfOtherDatacenter(state.tags, datacenter))
    return `the function belongs to datacenter ${state.tags.place.datacenter}`;
  return 'the tags of the function no longer ask for this service';
}
