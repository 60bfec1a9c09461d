import type { Table } from '../aws/table.ts';
import type { Deadline } from '../core/deadline.ts';
import { AppError } from '../core/errors.ts';
import type { Random } from '../core/random.ts';
import { rememberingLast } from '../core/remember.ts';
import { type AdmissionRules, type Admitted, admit, checkHostSize } from './config-file/admission.ts';
import { type Presentation, present } from './config-file/table-config.ts';
import type { RegistryConfig } from './config.ts';
import { gained, merge, reporterOf } from './merge.ts';
import { type Payload, rejectedIn } from './payload.ts';
import { changesBetween, leftovers, withoutUnchanged } from './store/changes.ts';
import { serviceKey, stateOf } from './store/rows.ts';
import {
  type Retention,
  type ServiceState,
  type TableState,
  sameContent,
  withoutEnded,
  withoutExpired,
} from './store/state.ts';
import { type Target, removeAll, writeHost, writeServices } from './store/writer.ts';

export interface RegistryParts {
  table: Table;
  config: AdmissionRules & Pick<RegistryConfig, 'serviceGrace' | 'hostTtl'>;
  random: Random;
  /** Epoch milliseconds. */
  now: () => number;
  /** A text that was never used before. */
  newRevision: () => string;
}

/** Sees what will be answered before anything is stored, and may throw. */
export type Preview = (answer: Presentation) => void;

/** The services of logical tables, and the configurations that they come to. */
export interface Registry {
  /**
   * Stores a payload and gives what its table comes to. A payload without news reads once and writes nothing.
   * @throws AppError PAYLOAD_INVALID, ROUTE_CONFLICT or TOO_LARGE, with nothing stored
   * @throws AppError REVISION_CONFLICT when others kept writing the same items, or what the table throws
   */
  accept(payload: Payload, deadline: Deadline, preview?: Preview): Promise<Presentation>;
  /** What a table comes to. */
  view(pk: string, deadline: Deadline): Promise<Presentation>;
  /**
   * Forgets a service; false: there is none.
   * @throws AppError REVISION_CONFLICT when others kept writing it
   */
  forget(pk: string, name: string, deadline: Deadline): Promise<boolean>;
}

const attempts = 20;
const shortestWaitMs = 20;
const longestWaitMs = 500;

/** The registry on the rows of a table. */
export function createRegistry({ table, config, random, now, newRevision }: RegistryParts): Registry {
  const { serviceGrace, hostTtl } = config;
  const retention = (): Retention => ({ now: now(), serviceGrace, hostTtl });
  const targetOf = (pk: string, deadline: Deadline): Target => ({ table, pk, newRevision, deadline });

  return {
    async accept(payload, deadline, preview = () => {}) {
      const target = targetOf(payload.table, deadline);
      const progress = begun(payload);
      const answer = answering(config);
      return untilDone(target, random, async () => {
        const stored = await read(target);
        const reading = { stored, retention: retention(), rules: config };
        if (!(await store(target, progress, reading, (admitted) => preview(answer(admitted)))))
          return undefined;
        const latest = progress.wrote ? await read(target) : stored;
        const outcome = await tidy(target, stored, latest, retention);
        return answer({ payload: progress.counted, outcome });
      });
    },

    async view(pk, deadline) {
      return present(withoutExpired(await read(targetOf(pk, deadline)), retention()), config);
    },

    async forget(pk, name, deadline) {
      const target = targetOf(pk, deadline);
      return untilDone(target, random, async () => {
        const { services } = withoutExpired(await read(target), retention());
        const revision = services.get(name)?.revision;
        if (revision === undefined) return false;
        return (await table.remove(serviceKey(pk, name), revision, deadline)) || undefined;
      });
    },
  };
}

/** What one payload has done while others write to the same table. */
interface Progress {
  posted: Payload;
  /** What of the payload counts. Once something was written it is not judged again. */
  counted: Payload;
  wrote: boolean;
  /** Services that gained an instance and have no new revision for it yet, as they were when they were first read. */
  owed: Map<string, ServiceState | undefined>;
  /** Candidates that were written; whoever defines them later is not overruled. */
  settled: Set<string>;
}

function begun(payload: Payload): Progress {
  return { posted: payload, counted: payload, wrote: false, owed: new Map(), settled: new Set() };
}

/** What one try to store a payload goes by. */
interface Reading {
  stored: TableState;
  retention: Retention;
  rules: AdmissionRules;
}

async function read({ table, pk, deadline }: Target): Promise<TableState> {
  return stateOf(await table.rows(pk, deadline));
}

/**
 * Tries again, after a random wait, while `work` gives undefined: others were faster.
 * @throws AppError REVISION_CONFLICT when they always were
 */
async function untilDone<Result>(
  { pk, deadline }: Target,
  random: Random,
  work: () => Promise<Result | undefined>,
): Promise<Result> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const result = await work();
    if (result !== undefined) return result;
    await deadline.clock.sleep(random() * Math.min(longestWaitMs, shortestWaitMs * 2 ** attempt));
  }
  const message = `Others kept writing to ${pk} for ${attempts} attempts. Try again.`;
  throw new AppError('REVISION_CONFLICT', message);
}

/** Stores what is left of a payload; false: others were faster and the table has to be read again. */
async function store(
  target: Target,
  progress: Progress,
  reading: Reading,
  check: (admitted: Admitted) => void,
): Promise<boolean> {
  const { stored, retention } = reading;
  const reporter = reporterOf(progress.posted);
  const admitted = admittedOf(progress, reading);
  const known = withoutEnded(stored, retention);
  for (const name of gained(reporter, withoutExpired(stored, retention), admitted.outcome)) {
    if (!progress.owed.has(name)) progress.owed.set(name, known.services.get(name));
  }
  const changes = changesBetween(known, admitted.outcome, reporter, progress.owed);
  const isNews = changes.host !== undefined || changes.put.size > 0;
  if (!progress.wrote && isNews) {
    checkHostSize(admitted);
    check(admitted);
  }
  progress.counted = admitted.payload;
  if (!(await writeHost(target, reporter, changes))) return false;
  progress.wrote ||= changes.host !== undefined;
  const done = await writeServices(target, changes);
  progress.wrote ||= done.length > 0;
  for (const name of done) {
    progress.owed.delete(name);
    progress.settled.add(name);
  }
  return done.length === changes.put.size + changes.keep.size;
}

/** What counts of a payload, and what is left of it to do: candidates that were written define nothing more. */
function admittedOf(progress: Progress, { stored, retention, rules }: Reading): Admitted {
  const { posted, counted, wrote, settled } = progress;
  if (!wrote) return admit(posted, stored, retention, rules);
  const candidates = counted.candidates.filter(({ serviceName }) => !settled.has(serviceName));
  return { payload: counted, outcome: merge(stored, { ...counted, candidates }, retention) };
}

/** Removes what counts no more, by a reading that is younger than every write of ours, and gives what is there then. */
async function tidy(
  target: Target,
  before: TableState,
  latest: TableState,
  retention: () => Retention,
): Promise<TableState> {
  const gone = leftovers(before, withoutExpired(before, retention()));
  const live = withoutExpired(withoutUnchanged(latest, gone), retention());
  const removed = await removeAll(target, leftovers(latest, live));
  return removed ? live : withoutExpired(await read(target), retention());
}

/** Answers with the states that a payload goes through; one that says the same as the last is not rendered again. */
function answering(rules: AdmissionRules): (admitted: Admitted) => Presentation {
  return rememberingLast(
    ({ payload, outcome }: Admitted) => {
      const presentation = present(outcome, rules, reporterOf(payload));
      return rules.badCandidates === 'skip'
        ? { ...presentation, rejected: rejectedIn(payload) }
        : presentation;
    },
    (left, right) => left.payload === right.payload && sameContent(left.outcome, right.outcome),
  );
}
