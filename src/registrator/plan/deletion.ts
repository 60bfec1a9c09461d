import { isAppError } from '../../core/errors.ts';
import { metaKeys } from '../../lambda-service/service.ts';
import { defaultsArn } from '../../lambda-service/service-defaults.ts';
import type { Change } from '../model/change.ts';
import { entryKey, type Key } from '../model/key.ts';
import { functionOf, keptService, ownsDefaults } from '../model/ownership.ts';
import { isFollowedElsewhere } from '../model/snapshot.ts';
import { whereabouts } from '../model/territory.ts';
import { inPlace, type Place, placeText } from '../../lambda-service/place.ts';
import type { Case, Decision } from './case.ts';
import { type PlannedLink, plannedLink } from './links.ts';
import { keptForSilent } from './skips.ts';

/**
 * What takes a name of ours away. Its service-defaults go with it unless somebody else needs them; a service that its
 * function has elsewhere goes after it is there.
 * @param arns what the pair names
 * @param drops `always` where service-defaults of ours must not stay, whoever uses the name
 */
export function deletion(name: Case, arns: readonly string[], drops: 'free' | 'always' = 'free'): Change {
  const { key, place, pair, settings, claimed } = name;
  const owns = pair.defaults !== undefined && ownsDefaults(pair.defaults, settings.scope);
  const service = pair.service?.ID ?? pair.defaults?.Name ?? key;
  const after = arns.flatMap((arn) => claimed.placeOf.get(arn) ?? []).find((other) => other !== key);
  return {
    action: 'delete',
    key,
    place,
    pair,
    service,
    arn: arns[0] ?? '',
    fields: [],
    reason: [whyUnwanted(name, arns[0] ?? '', after), placeText(place)].filter(Boolean).join('; it was in '),
    writes: {},
    dropsDefaults: owns && (drops === 'always' || maySpareDefaults(name)),
    restsOn: [...new Set(arns.map(functionOf))],
    ...(after === undefined ? {} : { after }),
  };
}

/** A link of ours goes with its service, unless the name goes on elsewhere in the federation and has it there. */
function unlinked(name: Case, { service, after }: Change): Pick<PlannedLink, 'relink' | 'closedLink'> {
  const { key, pair, claimed } = name;
  const goesOn = after !== undefined && entryKey(after) === entryKey(key);
  const next = goesOn ? claimed.byKey.get(after)?.services : undefined;
  const held = keptService(pair);
  if (held === undefined) return {};
  const arn = held.Meta?.[metaKeys.arn] ?? '';
  const gateway = next?.find((claim) => claim.arn === arn)?.gateway;
  const { relink, closedLink } = plannedLink(name, { service, arn, gateway });
  const { link, remove } = relink ?? {};
  return {
    ...(link && remove !== undefined && { relink: { link, remove } }),
    ...(closedLink && { closedLink }),
  };
}

/**
 * A deletion, and what is to be said of service-defaults that must stay since a datacenter did not answer. There is none
 * where the gateway of the service could not be read for now.
 */
export function removal(name: Case, arns: readonly string[]): Decision {
  const { key, pair, settings, snapshot } = name;
  const { others, silent } = snapshot.observed;
  const isUnsure =
    others.get(key) === 'silent' && pair.defaults && ownsDefaults(pair.defaults, settings.scope);
  const change = deletion(name, arns);
  const { relink, closedLink } = unlinked(name, change);
  // The service is what remembers a link of ours, which may be removed once the gateway answers again.
  if (closedLink && !isAppError(closedLink.error, 'UPSTREAM_AUTH')) return { skips: [], closedLink };
  return {
    change: { ...change, ...(relink && { relink }) },
    skips: isUnsure ? [keptForSilent(change, silent)] : [],
    ...(closedLink && { closedLink }),
  };
}

/** Whether nobody needs the service-defaults, as far as it was asked. */
function maySpareDefaults({ key, pair, snapshot, ground }: Case): boolean {
  const use = snapshot.observed.others.get(key);
  if (use !== undefined && use !== 'free') return false;
  const arn = pair.defaults && defaultsArn(pair.defaults);
  return !isFollowedElsewhere(snapshot.functions.get(functionOf(arn ?? '')), ground);
}

function whyUnwanted(name: Case, arn: string, after: Key | undefined): string {
  const { snapshot, ground } = name;
  const state = snapshot.functions.get(functionOf(arn));
  if (state?.kind === 'gone') return 'the function no longer exists';
  if (state?.kind !== 'tagged') return 'the function was not listed';
  if (!state.tags.enabled) return 'the function is not enabled';
  const { place } = state.tags;
  const where = whereabouts(state.tags, ground);
  if (where.kind === 'other-datacenter') return `the function belongs to datacenter ${place.datacenter}`;
  if (where.kind === 'other-partition')
    return `the function belongs to partition ${place.partition ?? 'default'}`;
  if (after !== undefined) return `the function has it${inPlace(placeOf(name, after))}`;
  return 'the tags of the function no longer ask for this service';
}

/** Where a name is claimed, with home's datacenter by its name. */
function placeOf({ claimed, settings }: Case, key: Key): Place {
  const { datacenter } = settings;
  return { ...(datacenter === undefined ? {} : { datacenter }), ...claimed.byKey.get(key)?.place };
}
