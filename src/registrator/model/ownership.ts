import type { CatalogService, ServiceDefaults } from '../../consul/api.ts';
import { type FunctionArn, parseFunctionArn, unqualifiedArn } from '../../lambda-service/arn.ts';
import type { Place } from '../../lambda-service/place.ts';
import { managedTag, metaKeys } from '../../lambda-service/service.ts';
import { defaultsArn, lambdaExtensions } from '../../lambda-service/service-defaults.ts';

/** Whose functions a registrator speaks for, and the mark that it leaves on what it writes. */
export interface Scope {
  ownerId: string;
  /** Marks of owners whose services of this account and region are taken over. */
  previousOwnerIds: readonly string[];
  partition: string;
  account: string;
  region: string;
}

/** The scope of a registrator that runs as `arn`, in the Lambda function of its own or for the caller of the CLI. */
export function scopeOf(
  { partition, account, region }: Pick<FunctionArn, 'partition' | 'account' | 'region'>,
  config: { ownerId?: string | undefined; nodeName: string; previousOwnerIds: readonly string[] },
): Scope {
  const { previousOwnerIds, nodeName, ownerId = `${account}/${region}/${nodeName}` } = config;
  return { partition, account, region, ownerId, previousOwnerIds };
}

/** A service on our node at one place, and the service-defaults of its name; each may be missing. */
export interface Pair {
  place: Place;
  service?: CatalogService;
  defaults?: ServiceDefaults;
  /** Services on our node that carry the name under another ID. */
  namesakes: CatalogService[];
  /** Services of previous owners under the name, on other nodes. */
  former?: readonly FormerService[];
  /** A previous owner may keep a service under the name where the token does not see. */
  hidesFormer?: boolean;
}

/** A service of a previous owner, on the node that it used. */
export interface FormerService {
  node: string;
  service: CatalogService;
}

/** The service of a pair: on our node, or else where a previous owner keeps it. */
export function keptService({ service, former = [] }: Pair): CatalogService | undefined {
  return service ?? former[0]?.service;
}

/** Whose a pair is, judged by what is written in it. */
export type Standing =
  | { kind: 'free' }
  /** Ours, or a previous owner's; `arns` are the ARNs that it names, the service's first. */
  | { kind: 'ours'; arns: string[]; isTakenOver: boolean }
  /** Our mark on an ARN of another account, region or partition. */
  | { kind: 'foreign-arn'; arn: string }
  /** Without any owner's mark, as the Go registrator leaves it; complete when it could be adopted. */
  | { kind: 'unmarked'; arn: string | undefined; adoptable: boolean; leftover: boolean }
  /** Somebody else's, or nobody's that we know. */
  | { kind: 'foreign'; owner: string | undefined };

/** Whether an ARN is of the scope's own account, region and partition. */
export function inScope(arn: string, scope: Scope): boolean {
  const parts = parseFunctionArn(arn);
  return (
    parts !== undefined &&
    parts.partition === scope.partition &&
    parts.account === scope.account &&
    parts.region === scope.region
  );
}

/** The function behind an ARN with or without an alias. */
export function functionOf(arn: string): string {
  const parts = parseFunctionArn(arn);
  return parts === undefined ? arn : unqualifiedArn(parts);
}

/**
 * Whose is this pair?
 *
 * | marks on the two entries        | ARNs                                   | standing |
 * |---------------------------------|----------------------------------------|----------|
 * | entries missing                 |                                        | free |
 * | a namesake under another ID     |                                        | foreign |
 * | anybody else's on either        |                                        | foreign |
 * | ours                            | a marked entry names another account's | foreign-arn |
 * | ours                            | an unmarked entry names another account's | foreign |
 * | ours                            | at least one of ours                   | ours |
 * | ours                            | none                                   | foreign |
 * | ours, but not on the service, which has an address or another registrator's tag | | foreign |
 * | none                            |                                        | unmarked |
 *
 * Marks of previous owners count as ours.
 */
export function standingOf(pair: Pair, scope: Scope): Standing {
  const { service, defaults } = pair;
  if (pair.namesakes.length > 0) return { kind: 'foreign', owner: undefined };
  if (service === undefined && defaults === undefined) return { kind: 'free' };
  const entries = [
    { mark: service?.Meta?.[metaKeys.owner], arn: service?.Meta?.[metaKeys.arn] },
    { mark: defaults?.Meta?.[metaKeys.owner], arn: defaults && defaultsArn(defaults) },
  ];
  const stranger = entries.find(({ mark }) => mark !== undefined && !isOurMark(mark, scope));
  if (stranger) return { kind: 'foreign', owner: stranger.mark };
  if (entries.every(({ mark }) => mark === undefined)) return unmarked(pair, scope);
  const outside = entries.filter(({ arn }) => arn !== undefined && !inScope(arn, scope));
  const misplaced = outside.find(({ mark }) => mark !== undefined);
  if (misplaced?.arn !== undefined) return { kind: 'foreign-arn', arn: misplaced.arn };
  const arns = entries.flatMap(({ arn }) => (arn === undefined ? [] : [arn]));
  const usurped = service !== undefined && entries[0]?.mark === undefined && isSomebodyElses(service);
  if (outside.length > 0 || arns.length === 0 || usurped) return { kind: 'foreign', owner: undefined };
  const isTakenOver = entries.some(({ mark }) => mark !== undefined && mark !== scope.ownerId);
  return { kind: 'ours', arns: [...new Set(arns)], isTakenOver };
}

/** Whether a mark is ours, or a previous owner's. */
export function isOurMark(mark: string | undefined, { ownerId, previousOwnerIds }: Scope): boolean {
  return mark === ownerId || (mark !== undefined && previousOwnerIds.includes(mark));
}

/**
 * Whether something marked by another owner is, by its mark or by its ARN, a registrator's of the same account and region:
 * one that has been given another node or owner id since.
 */
export function isOfSameAccount(
  mark: string,
  arn: string | undefined,
  claimed: string,
  scope: Scope,
): boolean {
  return mark.startsWith(`${scope.account}/${scope.region}/`) || arn === claimed;
}

/** Whether deleting a pair of ours may also delete its service-defaults: they carry our mark or an ARN of ours. */
export function ownsDefaults(defaults: ServiceDefaults, scope: Scope): boolean {
  const arn = defaultsArn(defaults);
  return isOurMark(defaults.Meta?.[metaKeys.owner], scope) || (arn !== undefined && inScope(arn, scope));
}

function unmarked({ service, defaults }: Pair, scope: Scope): Standing {
  const arn = defaults && defaultsArn(defaults);
  const named = service?.Meta?.[metaKeys.arn] ?? arn;
  // What a second function, named by the service or by an extension more, is there for we cannot know.
  const isOne = defaults !== undefined && lambdaExtensions(defaults).length <= 1 && named === arn;
  const complete = service !== undefined && arn !== undefined && isOne;
  return {
    kind: 'unmarked',
    arn,
    adoptable: complete && !hasOtherRegistratorTag(service),
    leftover: complete && (service.Tags ?? []).includes(managedTag) && inScope(arn, scope),
  };
}

/** Whether an unmarked service was made for something that runs: a Lambda function has no address. */
function isSomebodyElses(service: CatalogService): boolean {
  const hasAddress = (service.Address ?? '') !== '' || (service.Port ?? 0) !== 0;
  return hasOtherRegistratorTag(service) || (hasAddress && !(service.Tags ?? []).includes(managedTag));
}

/** Registrators of other kinds tag what they manage in the same manner, as `managed-by-…`. */
function hasOtherRegistratorTag(service: CatalogService): boolean {
  const tags = (service.Tags ?? []).filter((tag) => tag.startsWith('managed-by-'));
  return tags.length > 0 && !tags.includes(managedTag);
}
