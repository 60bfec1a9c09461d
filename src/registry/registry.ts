import type { Table } from '../aws/api.ts';
import type { Deadline } from '../core/deadline.ts';
import { AppError } from '../core/errors.ts';
import type { Random } from '../core/random.ts';
import { changesBetween, leftovers, withoutUnchanged } from './store/changes.ts';
import type { RegistryConfig } from './config.ts';
import { type Admission, type AdmissionRules, admit, answerTo, measure } from './config-file/admission.ts';
import { gained, merge, reporterOf } from './merge.ts';
import type { Payload } from './payload.ts';
import { type Presentation, present } from './config-file/table-config.ts';
import { serviceKey, stateOf } from './store/rows.ts';
import {
  type Retention,
  type ServiceState,
  type TableState,
  withoutEnded,
  withoutExpired,
} from './store/state.ts';
import { type Target, removeAll, writeHost, writeServices } from './store/writer.ts';

export interface RegistryParts {
  readonly table: Table;
  readonly config: AdmissionRules & Pick<RegistryConfig, 'serviceGrace' | 'hostTtl'>;
  readonly random: Random;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** A text that was never used before. */
  readonly newRevision: () => string;
}

/** The services of logical tables, and the configurations that they come to. */
export interface Registry {
  /**
   * Stores a payload and gives what its table comes to. A payload without news reads once and writes nothing.
   * @param look sees what will be answered before anything is stored, and may throw a Refusal of its own
   * @throws Refusal 400, 409 or 413, with nothing stored
   * @throws AppError REVISION_CONFLICT when others kept writing the same items, or what the table throws
   */
  accept(payload: Payload, deadline: Deadline, look?: Admission): Promise<Presentation>;
  view(pk: string, deadline: Deadline): Promise<Presentation>;
  /** Forgets a service; false: there is none. */
  forget(pk: string, name: string, deadline: Deadline): Promise<boolean>;
}

const attempts = 20;
const shortestWaitMs = 20;
const longestWaitMs = 500;

/** What one payload has done while others write to the same table. */
interface Progress {
  readonly posted: Payload;
  /** What of the payload counts. Once something was written it is not judged again. */
  counted: Payload;
  wrote: boolean;
  /** Services that gained an instance and have no new revision for it yet, as they were when they were first read. */
  readonly owed: Map<string, ServiceState | undefined>;
  /** Candidates that were written; whoever defines them later is not overruled. */
  readonly settled: Set<string>;
}

export function createRegistry(parts: RegistryParts): Registry {
  const { table, config, random, now, newRevision } = parts;
  const { serviceGrace, hostTtl } = config;
  const retention = (): Retention => ({ now: now(), serviceGrace, hostTtl });
  const target = (pk: string, deadline: Deadline): Target => ({ table, pk, newRevision, deadline });
  const read = async (pk: string, deadline: Deadline): Promise<TableState> =>
    stateOf(await table.rows(pk, deadline));

  /** Removes what counts no more, by a reading that is younger than every write of ours, and gives what is there then. */
  async function tidy(pk: string, before: TableState, latest: TableState, deadline: Deadline) {
    const gone = leftovers(before, withoutExpired(before, retention()));
    const live = withoutExpired(withoutUnchanged(latest, gone), retention());
    const removed = await removeAll(target(pk, deadline), leftovers(latest, live));
    return removed ? live : withoutExpired(await read(pk, deadline), retention());
  }

  return {
    async accept(payload, deadline, look) {
      const progress = {
        posted: payload,
        counted: payload,
        wrote: false,
        owed: new Map(),
        settled: new Set<string>(),
      };
      const place = target(payload.table, deadline);
      for (let attempt = 1; attempt <= attempts; attempt += 1) {
        const stored = await read(payload.table, deadline);
        if (await store(place, progress, { stored, retention: retention(), rules: config }, look)) {
          const latest = progress.wrote ? await read(payload.table, deadline) : stored;
          return answerTo(progress.counted, await tidy(payload.table, stored, latest, deadline), config);
        }
        await deadline.clock.sleep(random() * Math.min(longestWaitMs, shortestWaitMs * 2 ** attempt));
      }
      throw keptWriting(payload.table);
    },

    async view(pk, deadline) {
      return present(withoutExpired(await read(pk, deadline), retention()), config);
    },

    async forget(pk, name, deadline) {
      for (let attempt = 1; attempt <= attempts; attempt += 1) {
        const service = withoutExpired(await read(pk, deadline), retention()).services.get(name);
        if (service?.revision === undefined) return false;
        if (await table.remove(serviceKey(pk, name), service.revision, deadline)) return true;
      }
      throw keptWriting(pk);
    },
  };
}

function keptWriting(pk: string): AppError {
  return new AppError(
    'REVISION_CONFLICT',
    `Others kept writing to ${pk} for ${attempts} attempts. Try again.`,
  );
}

/** What one try to store a payload goes by. */
interface Reading {
  /** What was read. */
  readonly stored: TableState;
  readonly retention: Retention;
  readonly rules: AdmissionRules;
}

/** Stores what is left of a payload; false: others were faster and the table has to be read again. */
async function store(
  target: Target,
  progress: Progress,
  reading: Reading,
  look?: Admission,
): Promise<boolean> {
  const { stored, retention, rules } = reading;
  const reporter = reporterOf(progress.posted);
  const outcome = outcomeOf(progress, reading);
  const known = withoutEnded(stored, retention);
  for (const name of gained(reporter, withoutExpired(stored, retention), outcome)) {
    if (!progress.owed.has(name)) progress.owed.set(name, known.services.get(name));
  }
  const changes = changesBetween(known, outcome, reporter, progress.owed);
  const news = changes.host !== undefined || changes.put.size > 0;
  if (!progress.wrote && news) measure(progress.counted, outcome, rules, look);
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

/** What the table comes to by what is left of a payload: candidates that were written define nothing more. */
function outcomeOf(progress: Progress, { stored, retention, rules }: Reading): TableState {
  if (!progress.wrote) {
    const { payload, outcome } = admit(progress.posted, stored, retention, rules);
    progress.counted = payload;
    return outcome;
  }
  const { counted, settled } = progress;
  const candidates = counted.candidates.filter(({ serviceName }) => !settled.has(serviceName));
  return merge(stored, { ...counted, candidates }, retention);
}
