import type { Deadline } from '../../core/deadline.ts';
import { isAppError } from '../../core/errors.ts';
import { sentence } from '../../core/wording.ts';
import { enabledTag } from '../../lambda-service/tags.ts';
import type { Report } from '../model/report.ts';
import { type Examination, fail, type Finding, notLooked, ok, some, warn } from './check.ts';
import type { Subject } from './subject.ts';

const needs = ['AWS identity', 'Consul', 'NODE_NAME'];
/** A full sync that writes nothing, of any account. */
const patienceMs = 300_000;

export const functionExaminations: readonly Examination[] = [
  { name: 'functions', needs, patienceMs, look: functions },
  { name: 'tags', needs, patienceMs, look: mistyped },
];

/**
 * What a sync would find. A function whose tags cannot be followed, or whose name is somebody else's, is its owner's affair:
 * the sync is complete without it.
 */
async function functions(subject: Subject, deadline: Deadline): Promise<Finding> {
  const report = await subject.report(deadline);
  const left = unregistered(report);
  const names = some([...new Set(left.map(({ name }) => name))]);
  const found = [
    await counted(subject, report, deadline),
    ...(left.length === 0 ? [] : [`${left.length} not as wanted (plan says why): ${names}`]),
  ].join('; ');
  return { ...judged(found, report), all: left.map(({ message }) => message) };
}

/** Whether a sync that reports so would be complete and right. */
function judged(found: string, report: Report): Finding {
  const broken = report.failures.filter(({ code }) => code !== 'TAG_INVALID');
  if (broken.length > 0) return fail(found, 'See what the failures name; plan shows all of them.');
  const general = report.warnings.filter(({ tag }) => tag === '').map(({ message }) => message);
  const hints = report.warnings.filter(({ tag }) => tag === '').map(({ hint }) => hint);
  if (!report.complete) {
    return fail([found, ...general].join('; '), some(hints) || 'See what plan says of refused deletions.');
  }
  return general.length === 0 ? ok(found) : warn(`${found}; ${some(general)}`, some(hints));
}

async function counted(subject: Subject, { counts }: Report, deadline: Deadline): Promise<string> {
  const { created, updated, deleted, unchanged } = counts;
  const due = [
    ...(created > 0 ? [`${created} to create`] : []),
    ...(updated > 0 ? [`${updated} to update`] : []),
    ...(deleted > 0 ? [`${deleted} to delete`] : []),
  ];
  const enabled = await enabledFunctions(subject, deadline);
  const wanted = enabled === undefined ? [] : [`${enabled} functions enabled`];
  return [...wanted, `${unchanged + updated} services registered`, ...due].join(', ');
}

/** Undefined where the index may not be asked. */
async function enabledFunctions({ listing }: Subject, deadline: Deadline): Promise<number | undefined> {
  const listed = await listing(deadline).catch(unlessAppError);
  return listed?.items.filter(({ tags }) => tags[enabledTag] === 'true').length;
}

/** Services that are not as their functions want them; what concerns none in particular is named by what is said of it. */
function unregistered({ skips, failures }: Report): { name: string; message: string }[] {
  return [
    ...failures.map(({ service, message }) => ({
      name: service || message,
      message: service === '' ? message : `${service}: ${message}`,
    })),
    ...skips.map(({ service, message, hint }) => ({
      name: service,
      message: `${service}: ${sentence(message)} ${hint}`,
    })),
  ];
}

/** Where there is no report, the line of the functions says why. */
async function mistyped({ report }: Subject, deadline: Deadline): Promise<Finding> {
  const told = await report(deadline).catch(unlessAppError);
  if (told === undefined) return notLooked('functions');
  const warnings = told.warnings.filter(({ tag }) => tag !== '');
  if (warnings.length === 0) return ok('none looks mistyped');
  const all = warnings.map(({ service, message }) => `${service}: ${message}`);
  return { ...warn(some(all), some([...new Set(warnings.map(({ hint }) => hint))])), all };
}

function unlessAppError(error: unknown): undefined {
  if (!isAppError(error)) throw error;
}
