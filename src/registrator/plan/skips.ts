import { type LambdaService, metaKeys } from '../../lambda-service/service.ts';
import type { Change } from '../model/change.ts';
import { defaultsArn } from '../../lambda-service/service-defaults.ts';
import { isOfSameAccount, type Pair, type Scope } from '../model/ownership.ts';
import type { SkipEntry, SkipReason } from '../model/report.ts';

/** The name is somebody else's in Consul. */
export function conflict(
  claim: LambdaService,
  pair: Pair,
  owner: string | undefined,
  scope: Scope,
): SkipEntry {
  const holder = owner === undefined ? 'something that no registrator marks as its own' : `owner ${owner}`;
  const what = pair.service === undefined ? 'Service-defaults' : 'A service';
  const arn = pair.service?.Meta?.[metaKeys.arn] ?? (pair.defaults && defaultsArn(pair.defaults));
  if (owner !== undefined && isOfSameAccount(owner, arn, claim.arn, scope)) {
    return {
      service: claim.name,
      arn: claim.arn,
      reason: 'conflict',
      message: `${what} named ${claim.name} belongs to owner ${owner}, a registrator of this account and region under another NODE_NAME or OWNER_ID; it was left alone.`,
      hint: `If that registrator is no more, add ${owner} to PREVIOUS_OWNER_IDS: the next sync takes over what it left.`,
    };
  }
  return {
    service: claim.name,
    arn: claim.arn,
    reason: 'conflict',
    message: `${what} named ${claim.name} belongs to ${holder}; it was left alone.`,
    hint: 'Remove it from Consul, or give the function another name with the service-name tag.',
  };
}

/** The name is in use on another node: service-defaults of ours would capture its traffic. */
export function conflictOnOtherNode(claim: LambdaService): SkipEntry {
  return {
    service: claim.name,
    arn: claim.arn,
    reason: 'conflict',
    message: `A service named ${claim.name} runs on another node or in another datacenter; registering the function would capture its traffic.`,
    hint: 'Give the function another name with the service-name tag, or remove the other service.',
  };
}

/** Another function holds the name. */
export function collision(claim: LambdaService, holder: string): SkipEntry {
  return {
    service: claim.name,
    arn: claim.arn,
    reason: 'collision',
    message: `${claim.arn} and ${holder} both claim the name ${claim.name}, which Consul compares without case; the latter has it.`,
    hint: 'Give one of them another name with the service-name tag.',
  };
}

/** Our mark stands on an ARN of another account, region or partition. */
export function skipMisplaced(claims: readonly LambdaService[], pair: Pair, arn: string): SkipEntry[] {
  const service = pair.service?.ID ?? pair.defaults?.Name ?? '';
  const skip: SkipEntry = {
    service,
    arn,
    reason: 'foreign-arn',
    message: `${service} carries our owner id but names ${arn}, which is not of this account and region; it was left alone.`,
    hint: 'Give each account and region an OWNER_ID of its own, or remove the service if the ARN is a mistake.',
  };
  return claims.length === 0 ? [skip] : claims.map((claim) => Object.assign({ ...skip }, { arn: claim.arn }));
}

const withheldTexts: Partial<Record<SkipReason, { message: string; hint: string }>> = {
  policy: {
    message: 'would be deleted, but SYNC_POLICY is upsert-only',
    hint: 'Set SYNC_POLICY=sync to let the registrator delete.',
  },
  unconfirmed: {
    message: 'would change, but not everything that the decision rests on could be seen',
    hint: 'The next complete sync decides; see the failures and warnings for what could not be read.',
  },
};

/** A change that is due but not allowed now. */
export function withheld(change: Change, reason: SkipReason): SkipEntry {
  const text = withheldTexts[reason];
  return {
    service: change.service,
    arn: change.arn,
    reason,
    message: `${change.service} ${text?.message ?? 'was left as it is'}.`,
    hint: text?.hint ?? '',
  };
}

/** Service-defaults stay as long as a datacenter does not say whether it uses them. */
export function keptForSilent({ service, arn }: Change, silent: ReadonlySet<string>): SkipEntry {
  const datacenters = [...silent].toSorted().join(', ');
  return {
    service,
    arn,
    reason: 'unconfirmed',
    message: `The service-defaults of ${service} stay: datacenter ${datacenters} did not say whether it has a service of that name.`,
    hint: 'The next full sync that hears from every datacenter deletes them.',
  };
}

/** One of `count` deletions that the limit of deletions refuses. */
export function refusedDeletion({ service, arn }: Change, count: number): SkipEntry {
  return {
    service,
    arn,
    reason: 'delete-guard',
    message: `${service} would be deleted, but too many services would go at once.`,
    hint: `If this is meant, run \`lambda-registrator sync --allow-deletes ${count}\`, or send the event with "allowDeletes": ${count}; if not, check the tags and the tagging permissions.`,
  };
}

/** What a previous owner may keep under the name is hidden, and would be left without its service-defaults. */
export function hiddenFormer({ service, arn }: Change): SkipEntry {
  return {
    service,
    arn,
    reason: 'unconfirmed',
    message: `${service} carries the mark of a previous owner, and Consul hides some of the services of that name; it was left alone.`,
    hint: 'Allow node_prefix "" { policy = "read" }, so that the node of the previous owner can be seen.',
  };
}
