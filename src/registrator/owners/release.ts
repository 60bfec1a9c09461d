import type { CatalogService, ServiceDefaults } from '../../consul/api.ts';
import type { Deadline } from '../../core/deadline.ts';
import { AppError, type ErrorCode, isAppError } from '../../core/errors.ts';
import { inPlace, nameKey, type Place } from '../../lambda-service/place.ts';
import { metaKeys } from '../../lambda-service/service.ts';
import type { Change } from '../model/change.ts';
import { type Key, keyOf } from '../model/key.ts';
import { type Pair, type Standing, standingOf } from '../model/ownership.ts';
import { pairAt } from '../model/snapshot.ts';
import { shareDefaults } from '../plan/shared-defaults.ts';
import type { Registrator, Run } from '../run.ts';
import { applyUpserts } from '../write/apply.ts';
import type { Outcome } from '../write/outcomes.ts';
import { observeManaged } from './observe.ts';
import type { Unseen } from './unseen.ts';

/** What became of one name. */
interface ReleaseEntry {
  service: string;
  /** `unknown` where nothing of that name is on our node; `not-ours` where it is somebody else's, or nobody's. */
  outcome: 'released' | 'not-ours' | 'unknown' | 'failed';
  message: string;
  /** Of a failure. */
  code?: ErrorCode;
  retryable?: boolean;
}

export interface Release {
  services: ReleaseEntry[];
  unseen: Unseen[];
}

/** What is known of one name at one place, and what became of it. */
interface Finding {
  name: string;
  key: Key;
  place: Place;
  standing: Standing;
  outcome: Outcome | undefined;
}

interface Attempt {
  findings: Finding[];
  unseen: Unseen[];
}

/** What a registrator calls services; nothing else can be its own. */
const writable = /^[A-Za-z0-9_.-]+$/;

/**
 * Takes our mark off services and their service-defaults, check-and-set, and changes nothing else of them: wherever this
 * registrator may have services of these names. What another writer overtook is read and tried once more.
 * @throws AppError when Consul cannot be read at home, or NODE_NAME is a real agent's
 */
export async function releaseServices(
  registrator: Registrator,
  names: readonly string[],
  deadline: Deadline,
): Promise<Release> {
  const run: Run = { ...registrator, deadline, dryRun: false, isFull: false };
  const asked = [...new Map(names.map((name) => [nameKey(name), name])).values()];
  const first = await attempt(
    run,
    asked.filter((name) => writable.test(name)),
  );
  const overtaken = new Set(first.findings.filter(isOvertaken).map(({ key }) => key));
  const last = overtaken.size === 0 ? first : await repeated(run, asked, first, overtaken);
  return {
    services: asked.map((name) => entryOf(run, name, last.findings)),
    unseen: last.unseen,
  };
}

/** Tries once more what other writers overtook; what carries no mark by then is as it should be. */
async function repeated(
  run: Run,
  asked: readonly string[],
  first: Attempt,
  overtaken: ReadonlySet<Key>,
): Promise<Attempt> {
  const isDue = ({ key }: Finding): boolean => overtaken.has(key);
  const names = asked.filter((name) =>
    first.findings.some((finding) => finding.name === name && isDue(finding)),
  );
  const second = await attempt(run, names);
  const again = second.findings
    .filter(isDue)
    .map((finding) =>
      finding.standing.kind === 'unmarked' ? { ...finding, outcome: 'done' as const } : finding,
    );
  return {
    findings: [...first.findings.filter((finding) => !isDue(finding)), ...again],
    unseen: second.unseen,
  };
}

function isOvertaken({ outcome }: Finding): boolean {
  return outcome === 'lost' || outcome === 'half';
}

async function attempt(run: Run, names: readonly string[]): Promise<Attempt> {
  const { places, observed, unseen } = await observeManaged(run, names);
  const cases = places.flatMap((place) =>
    names.map((name) => {
      const key = keyOf(place, name);
      const pair = pairAt(observed, run, key, place);
      return { name, place, key, pair, standing: standingOf(pair, run.scope) };
    }),
  );
  const due = cases.flatMap(({ key, pair, standing }) =>
    standing.kind === 'ours' ? [{ change: unmarking(key, pair, standing.arns), skips: [] }] : [],
  );
  const settled = await applyUpserts(run, shareDefaults(due));
  const outcomes = new Map(settled.map(({ change, outcome }) => [change.key, outcome]));
  const findings = cases.map(({ name, place, key, standing }) => {
    return { name, key, place, standing, outcome: outcomes.get(key) };
  });
  return { findings, unseen };
}

function unmarking(key: Key, pair: Pair, [arn = '']: readonly string[]): Change {
  const { place, service, defaults } = pair;
  return {
    action: 'update',
    key,
    place,
    pair,
    service: service?.Service ?? defaults?.Name ?? '',
    arn,
    fields: [`Meta.${metaKeys.owner}`],
    reason: 'released by hand',
    writes: {
      ...(isMarked(service) ? { service: withoutMark(service) } : {}),
      ...(isMarked(defaults) ? { defaults: withoutMark(defaults) } : {}),
    },
    dropsDefaults: false,
    restsOn: [],
  };
}

function isMarked<Entry extends CatalogService | ServiceDefaults>(entry: Entry | undefined): entry is Entry {
  return entry?.Meta?.[metaKeys.owner] !== undefined;
}

function withoutMark<Entry extends CatalogService | ServiceDefaults>(entry: Entry): Entry {
  const { [metaKeys.owner]: _mark, ...Meta } = entry.Meta ?? {};
  return { ...entry, Meta };
}

function entryOf({ config }: Run, service: string, all: readonly Finding[]): ReleaseEntry {
  const findings = all.filter(({ name }) => name === service);
  const [failure] = findings.flatMap(({ outcome }) =>
    outcome === undefined ? [] : (errorOf(service, outcome) ?? []),
  );
  if (failure !== undefined) {
    const { code, message, retryable } = failure;
    return { service, outcome: 'failed', message, code, retryable };
  }
  const released = findings.filter(({ outcome }) => outcome === 'done');
  if (released.length > 0) {
    return {
      service,
      outcome: 'released',
      message: `Our mark was taken off ${service}${placesOf(released)}.`,
    };
  }
  const [held] = findings.flatMap(({ standing }) => whose(service, standing) ?? []);
  if (held !== undefined) return { service, outcome: 'not-ours', message: held };
  const message = `Nothing named ${service} is on node ${config.nodeName}, where this registrator keeps its services.`;
  return { service, outcome: 'unknown', message };
}

/** Where that was, as ` at home and in datacenter dc2`; empty where it was at home alone. */
function placesOf(released: readonly Finding[]): string {
  const places = released.map(({ place }) => inPlace(place));
  return places.every((where) => where === '') ? '' : places.map((where) => where || ' at home').join(' and');
}

function errorOf(service: string, outcome: Outcome): AppError | undefined {
  if (outcome === 'done') return undefined;
  if (isAppError(outcome)) return outcome;
  const message = `Another writer changed ${service} in Consul twice before its mark could be taken off; try again.`;
  return new AppError('REVISION_CONFLICT', message);
}

/** Why a name is not ours; undefined where there is nothing, or it is. */
function whose(service: string, standing: Standing): string | undefined {
  switch (standing.kind) {
    case 'free':
    case 'ours':
      return undefined;
    case 'unmarked':
      return `${service} carries no owner's mark, so that there is nothing to release.`;
    case 'foreign-arn':
      return `${service} carries our mark but names ${standing.arn}, which is not of this account and region; it was left alone.`;
    case 'foreign':
      return standing.owner === undefined
        ? `${service} was not made by this registrator as it stands; it was left alone.`
        : `${service} belongs to owner ${standing.owner}; it was left alone.`;
  }
}
