import type { CatalogService } from '../../consul/api.ts';
import { mapConcurrent } from '../../core/concurrency.ts';
import type { Deadline } from '../../core/deadline.ts';
import { isAppError } from '../../core/errors.ts';
import { parseFunctionArn, unqualifiedArn } from '../../lambda-service/arn.ts';
import { leafMetaKeys, metaKeys } from '../../lambda-service/service.ts';
import { type Examination, fail, type Finding, ok, skip, some, warn } from './check.ts';
import type { Subject } from './subject.ts';

const needs = ['AWS identity', 'Consul'];

/** What functions need to call into the mesh. */
export const extensionExaminations: readonly Examination[] = [
  { name: 'extension data', needs, look: renewal },
  { name: 'extension data size', needs: [...needs, 'extension parameters'], look: size },
  { name: 'leaf certificates', needs, look: leafLife },
];

const notUsed = ok('not used: CONSUL_EXTENSION_DATA_PREFIX is not set');

/** A certificate as its service tells of it; times in milliseconds since 1970. */
interface Leaf {
  service: string;
  parameter: string | undefined;
  expires: number;
  lifeMs: number;
}

/** Undefined where none is told of. */
function leafOf({ Service, Meta }: CatalogService): Leaf | undefined {
  const [renew, expires] = [Number(Meta?.[leafMetaKeys.renew]), Number(Meta?.[leafMetaKeys.expires])];
  if (!(renew > 0 && expires > renew)) return undefined;
  const lifeMs = 2 * (expires - renew) * 1000;
  return { service: Service, parameter: Meta?.[leafMetaKeys.parameter], expires: expires * 1000, lifeMs };
}

/** The services of functions; their aliases have no certificates. */
function isOfFunction({ Meta }: CatalogService): boolean {
  const arn = parseFunctionArn(Meta?.[metaKeys.arn] ?? '');
  return arn !== undefined && unqualifiedArn(arn) === Meta?.[metaKeys.arn];
}

/** The agent gives another certificate for the last tenth of the life of one: from then on it is due at each sync. */
async function renewal({ config, services, now }: Subject, deadline: Deadline): Promise<Finding> {
  if (config.extension === undefined) return notUsed;
  const ours = (await services(deadline)).filter(isOfFunction);
  const leaves = ours.map((service) => ({ service: service.Service, leaf: leafOf(service) }));
  const patience = 2 * config.syncPeriod * 60_000;
  const names = (is: (leaf: Leaf | undefined) => boolean): string[] =>
    leaves.filter(({ leaf }) => is(leaf)).map(({ service }) => service);
  const ended = names((leaf) => leaf !== undefined && leaf.expires <= now());
  const late = names(
    (leaf) =>
      leaf !== undefined && leaf.expires > now() && leaf.expires - leaf.lifeMs / 10 + patience < now(),
  );
  const without = names((leaf) => leaf === undefined);
  const remedy = 'Check that the schedule runs and its syncs succeed; sync renews them now.';
  if (ended.length > 0) return fail(`certificates have ended: ${some(ended)}`, remedy);
  if (late.length > 0) return warn(`due for more than two sync periods: ${some(late)}`, remedy);
  if (without.length > 0)
    return warn(`without a certificate: ${some(without)}`, 'Run a sync, which writes them.');
  return ok(`${leaves.length} functions have a certificate`);
}

/** A standard parameter holds 4 KB (https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html). */
const nearlyFull = 3.5 * 1024;
/** They differ by the length of names alone. */
const sampled = 3;

async function size(subject: Subject, deadline: Deadline): Promise<Finding> {
  const { config, services } = subject;
  if (config.extension === undefined) return notUsed;
  const { tier } = config.extension;
  if (tier === 'Advanced' || tier === 'Intelligent-Tiering') return ok(`larger values go to tier ${tier}`);
  const written = (await services(deadline)).flatMap((service) => leafOf(service)?.parameter ?? []);
  const sizes = await mapConcurrent(written.slice(0, sampled), sampled, (name) =>
    bytesOf(subject, name, deadline),
  );
  const largest = Math.max(...sizes.filter((bytes) => bytes !== undefined));
  if (largest < 0) return skip('There is no parameter to look at.', 'Run a sync, and look again.');
  const found = `${(largest / 1024).toFixed(1)} KB of the 4 KB that a standard parameter holds`;
  if (largest <= nearlyFull) return ok(found);
  return warn(
    `${found}: it grows while roots of the CA change`,
    'Set CONSUL_EXTENSION_DATA_TIER to Advanced or Intelligent-Tiering, which AWS charges for.',
  );
}

async function bytesOf(
  { parameters }: Subject,
  name: string,
  deadline: Deadline,
): Promise<number | undefined> {
  try {
    return Buffer.byteLength((await parameters.value(name, deadline)).reveal());
  } catch (error) {
    if (isAppError(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
}

/** Plain reads of the agent give another certificate for the last tenth of a life, in which two syncs must fall. */
async function leafLife(subject: Subject, deadline: Deadline): Promise<Finding> {
  const { config, consul } = subject;
  if (config.extension === undefined) return notUsed;
  const authority = await consul.authorityConfiguration(deadline);
  if (authority.kind === 'off') {
    return warn(
      'Connect is off, so that there are no certificates',
      'Set connect { enabled = true } on the servers.',
    );
  }
  const lifeMs = authority.kind === 'told' ? authority.leafTtlMs : await seenLife(subject, deadline);
  if (lifeMs === undefined) {
    const remedy = 'Compare LeafCertTTL of consul connect ca get-config with SYNC_PERIOD.';
    return skip('The token may not read how long certificates live.', remedy);
  }
  const shortest = 20 * config.syncPeriod;
  const found = `certificates live ${(lifeMs / 3_600_000).toFixed(1)} h, with syncs each ${config.syncPeriod} minutes`;
  if (lifeMs >= shortest * 60_000) return ok(found);
  return warn(
    `${found}: two of them do not fall into the last tenth`,
    `Set LeafCertTTL to ${Math.ceil(shortest / 60)}h or more, or sync more often (SYNC_PERIOD).`,
  );
}

async function seenLife({ services }: Subject, deadline: Deadline): Promise<number | undefined> {
  const [first] = (await services(deadline)).flatMap((service) => leafOf(service) ?? []);
  return first?.lifeMs;
}
