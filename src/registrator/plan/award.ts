import { inPlace } from '../../lambda-service/place.ts';
import { type LambdaService, metaKeys } from '../../lambda-service/service.ts';
import { type Change, diffPair, type Spelling } from '../model/change.ts';
import { functionOf } from '../model/ownership.ts';
import { seesWhole } from '../model/snapshot.ts';
import { isAbroad } from '../model/territory.ts';
import type { Case, Decision } from './case.ts';
import { deletion } from './deletion.ts';
import { keptLeaf, type PlannedLink, plannedLink } from './links.ts';
import { collision, conflictOnOtherNode } from './skips.ts';

/** What is said of an award where it is no plain creation or update. */
interface Award {
  action?: 'adopt';
  reason?: string;
  /** Functions that are named in Consul, which are heard before the name goes to somebody else. */
  holders?: readonly string[];
}

/** Gives the name to one claim; the others collide with it. */
export function award(
  name: Case,
  winner: LambdaService,
  { action, reason, holders = [] }: Award = {},
): Decision {
  const { key, place, pair, claims, rivals } = name;
  const losers = claims.filter((claim) => claim !== winner).map((claim) => collision(claim, winner.arn));
  const isNew = pair.service === undefined;
  const linked = plannedLink(name, { service: winner.name, arn: winner.arn, gateway: winner.gateway });
  const { relink, closedLink } = linked;
  const { fields, writes } = diffPair(pair, winner, spelling(name, winner, linked));
  const told = closedLink === undefined ? {} : { closedLink };
  const isAsWanted = fields.length === 0 && !relink && (pair.former ?? []).length === 0;
  if (isAsWanted) return { skips: losers, unchanged: key, ...told };
  if (isNew && isForeign(name)) return giveWay(name, winner, holders);
  // A name that nobody holds is contested until all who claim it have been heard.
  const heard = isNew && pair.defaults === undefined ? [...claims, ...rivals] : [winner];
  const change: Change = {
    action: action ?? (isNew ? 'create' : 'update'),
    key,
    place,
    pair,
    service: winner.name,
    arn: winner.arn,
    fields: isNew ? [] : [...fields, ...(relink && fields.length === 0 ? ['terminating-gateway'] : [])],
    reason: reason ?? reasonFor(name, isNew, action),
    writes,
    dropsDefaults: false,
    restsOn: [...new Set([...heard.map((claim) => functionOf(claim.arn)), ...holders])],
    ...(relink && { relink }),
  };
  return { change, skips: losers, ...told };
}

function reasonFor({ pair, place }: Case, isNew: boolean, action: 'adopt' | undefined): string {
  const [former] = pair.former ?? [];
  if (former) return `taken over from node ${former.node}`;
  if (action) return 'taken over from a previous owner';
  const where = inPlace(place);
  return isNew ? `the function is enabled${where}` : `Consul differs${where} from what the tags ask for`;
}

function spelling(name: Case, { arn }: LambdaService, { meta }: PlannedLink): Spelling {
  const { settings, place } = name;
  const { ownerId } = settings.scope;
  const home = isAbroad(settings, place) ? settings.datacenter : undefined;
  return {
    ownerId,
    format: settings.format,
    meta: { ...keptLeaf(name, arn), ...meta, ...(home !== undefined && { [metaKeys.home]: home }) },
  };
}

/** Whether a stranger uses the name elsewhere; what is hidden is one's, unless our own node is hidden, too. */
function isForeign({ snapshot: { observed }, key, place }: Case): boolean {
  const use = observed.others.get(key);
  return use === 'foreign' || (use === 'hidden' && seesWhole(observed, place));
}

/** Left where they are, our service-defaults would go on to capture the traffic of a stranger elsewhere. */
function giveWay(name: Case, winner: LambdaService, holders: readonly string[]): Decision {
  const skips = name.claims.map(conflictOnOtherNode);
  if (name.pair.defaults === undefined) return { skips };
  const reason = 'a service elsewhere uses the name';
  return { skips, change: { ...deletion(name, [winner.arn, ...holders], 'always'), reason } };
}
