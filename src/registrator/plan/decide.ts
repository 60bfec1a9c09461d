import type { LambdaService } from '../../lambda-service/service.ts';
import type { Key } from '../model/key.ts';
import { functionOf, type Standing, standingOf } from '../model/ownership.ts';
import { isProtected, pairAt } from '../model/snapshot.ts';
import { isAbroad, isOfOtherHome } from '../model/territory.ts';
import { award } from './award.ts';
import type { Basis, Case, Decision } from './case.ts';
import { removal } from './deletion.ts';
import { collision, conflict, skipMisplaced } from './skips.ts';

/** Decides about one name as the table of `planChanges` says, whatever view and policy allow. */
export function decide(key: Key, basis: Basis): Decision {
  const { snapshot, settings, claimed } = basis;
  const { services: claims = [], rivals = [], place: asked } = claimed.byKey.get(key) ?? {};
  const place = asked ?? snapshot.observed.pairs.get(key)?.place ?? settings.home;
  const pair = pairAt(snapshot.observed, settings, key, place);
  const standing = standingOf(pair, settings.scope);
  const name: Case = { ...basis, key, place, pair, claims, rivals };
  const [first] = claims;
  switch (standing.kind) {
    case 'free':
      return first === undefined ? { skips: [] } : award(name, first);
    case 'ours':
      return { isOwned: true, ...decideOurs(name, standing) };
    case 'unmarked':
      return decideUnmarked(name, standing);
    case 'foreign-arn':
      return { skips: skipMisplaced(claims, pair, standing.arn) };
    case 'foreign':
      return { skips: claims.map((claim) => conflict(claim, pair, standing.owner, settings.scope)) };
  }
}

function decideOurs(name: Case, { arns, isTakenOver }: Extract<Standing, { kind: 'ours' }>): Decision {
  const { claims, pair, snapshot, ground } = name;
  const holders = arns.map(functionOf);
  const isMoved = (pair.former ?? []).length > 0;
  const isMarkedAnew = isTakenOver && pair.service !== undefined;
  const action = isMoved || isMarkedAnew ? { action: 'adopt' as const } : {};
  for (const arn of arns) {
    const held = claims.find((claim) => claim.arn === arn);
    if (held && isKeptByOther(name)) return left(name, held);
    if (held) return award(name, held, { ...action, holders });
    if (isProtected(snapshot.functions.get(functionOf(arn)), ground) || hasLost(name, arn)) {
      return { skips: claims.map((claim) => collision(claim, arn)) };
    }
  }
  if (isKeptByOther(name) && isAbroad(name.settings, name.place)) return left(name);
  const [first] = claims;
  if (first === undefined) return removal(name, arns);
  return award(name, first, { ...action, holders, reason: `${arns.join(', ')} no longer claims the name` });
}

function isKeptByOther({ pair, place, settings }: Case): boolean {
  return pair.service !== undefined && isOfOtherHome(settings, place, pair.service.Meta);
}

/** Left to the registrator that looks after it. */
function left({ key, claims }: Case, held?: LambdaService): Decision {
  const losers = claims.filter((claim) => claim !== held).map((claim) => collision(claim, held?.arn ?? ''));
  return { skips: losers, isOwned: false, ...(held && { unchanged: key }) };
}

/** Whether a function still asks for what it had, and another one got the name in another datacenter. */
function hasLost({ claimed }: Case, arn: string): boolean {
  const key = claimed.placeOf.get(arn);
  return key !== undefined && !claimed.byKey.get(key)?.services.some((claim) => claim.arn === arn);
}

function decideUnmarked(name: Case, standing: Extract<Standing, { kind: 'unmarked' }>): Decision {
  const { claims, pair, snapshot, settings, ground } = name;
  const exact = standing.adoptable ? claims.find((claim) => claim.arn === standing.arn) : undefined;
  if (exact) {
    const reason = 'made for the same function by a registrator without owner marks';
    return award(name, exact, { action: 'adopt', reason });
  }
  if (claims.length > 0)
    return { skips: claims.map((claim) => conflict(claim, pair, undefined, settings.scope)) };
  const { arn } = standing;
  if (!settings.adoptUnowned || !standing.leftover || arn === undefined) return { skips: [] };
  const state = snapshot.functions.get(functionOf(arn));
  const isInUse =
    isProtected(state, ground) || (state?.kind === 'tagged' && state.fresh && state.tags.enabled);
  return isInUse ? { skips: [], isOwned: true } : { ...removal(name, [arn]), isOwned: true };
}
