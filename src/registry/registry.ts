import type { Table } from '../aws/api.ts';
import type { Deadline } from '../core/deadline.ts';
import { AppError } from '../core/errors.ts';
import { rememberingLast } from '../core/remember.ts';
import type { Random } from '../core/random.ts';
import { changesBetween, leftovers, withoutUnchanged } from './store/changes.ts';
import type { ProxyConfig } from '../haproxy/assembly.ts';
import type { RegistryConfig } from './config.ts';
import { type Admission, type Verdict, judge, measure } from './config-file/admission.ts';
import { gained, merge, reporterOf } from './merge.ts';
import type { Payload } from './payload.ts';
import { type Presentation, present } from './config-file/table-config.ts';
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
  readonly table: Table;
  readonly config: ProxyConfig & Pick<RegistryConfig, 'serviceGrace' | 'hostTtl'>;
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
   * @param admit sees what will be answered before anything is stored, and may throw
   * @throws AppError PAYLOAD_INVALID, ROUTE_CONFLICT or TOO_LARGE, with nothing stored
   * @throws AppError REVISION_CONFLICT when others kept writing the same items, or what the table throws
   */
  accept(payload: Payload, deadline: Deadline, admit?: Admission): Promise<Presentation>;
  view(pk: string, deadline: Deadline): Promise<Presentation>;
  /** Forgets a service; false: there is none. */
  forget(pk: string, name: string, deadline: Deadline): Promise<boolean>;
}

const attempts = 20;
const shortestWaitMs = 20;
const longestWaitMs = 500;

/** What one payload has done while others write to the same table. */
interface Progress {
  wrote: boolean;
  /** Services that gained an instance and have no new revision for it yet, as they were when they were first read. */
  readonly owed: Map<string, ServiceState | undefined>;
  /** Candidates that were written; whoever defines them later is not overruled. */
  readonly settled: Set<string>;
}

export function createRegistry(parts: RegistryParts): Registry {
  const { table, config, random, now, newRevision } = parts;
  const retention = (): Retention => ({
    now: now(),
    serviceGrace: config.serviceGrace,
    hostTtl: config.hostTtl,
  });
  const target = (pk: string, deadline: Deadline): Target => ({ table, pk, newRevision, deadline });
  const read = async (pk: string, deadline: Deadline) => stateOf(await table.rows(pk, deadline));

  /** One try to store what is left of a payload; undefined: others were faster and it has to be read again. */
  async function store(payload: Payload, progress: Progress, deadline: Deadline, admit: Verdict) {
    const reporter = reporterOf(payload);
    const time = retention();
    const stored = await read(payload.table, deadline);
    const known = withoutEnded(stored, time);
    const before = withoutExpired(stored, time);
    const after = merge(stored, withoutSettled(payload, progress.settled), time);
    for (const name of gained(before.hosts.get(reporter), after.hosts.get(reporter))) {
      if (!progress.owed.has(name)) progress.owed.set(name, known.services.get(name));
    }
    const changes = changesBetween(known, after, reporter, progress.owed);
    if (!progress.wrote) judge(payload, before, after, config);
    if (!progress.wrote && (changes.host || changes.put.size > 0)) measure(payload, after, admit);
    if (!(await writeHost(target(payload.table, deadline), reporter, changes))) return undefined;
    progress.wrote ||= changes.host !== undefined;
    const done = await writeServices(target(payload.table, deadline), changes);
    progress.wrote ||= done.length > 0;
    for (const name of done) {
      progress.owed.delete(name);
      progress.settled.add(name);
    }
    return done.length === changes.put.size + changes.keep.size ? stored : undefined;
  }

  /** Removes what counts no more, by a reading that is younger than every write of ours, and gives what is there then. */
  async function tidy(pk: string, before: TableState, latest: TableState, deadline: Deadline) {
    const gone = leftovers(before, withoutExpired(before, retention()));
    const live = withoutExpired(withoutUnchanged(latest, gone), retention());
    const removed = await removeAll(target(pk, deadline), leftovers(latest, live));
    return removed ? live : withoutExpired(await read(pk, deadline), retention());
  }

  return {
    async accept(payload, deadline, admit = () => {}) {
      const presented = presenter(config, reporterOf(payload));
      const progress: Progress = { wrote: false, owed: new Map(), settled: new Set() };
      for (let attempt = 1; attempt <= attempts; attempt += 1) {
        const stored = await store(payload, progress, deadline, (after) => admit(presented(after)));
        if (stored) {
          const latest = progress.wrote ? await read(payload.table, deadline) : stored;
          return presented(await tidy(payload.table, stored, latest, deadline));
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

/** Presents the states that a payload goes through; one that says the same as the last is not rendered again. */
function presenter(config: ProxyConfig, reporter: string): (state: TableState) => Presentation {
  return rememberingLast((state: TableState) => present(state, config, reporter), sameContent);
}

function keptWriting(pk: string): AppError {
  return new AppError(
    'REVISION_CONFLICT',
    `Others kept writing to ${pk} for ${attempts} attempts. Try again.`,
  );
}

/** Containers of settled candidates are just running. */
function withoutSettled(payload: Payload, settled: ReadonlySet<string>): Payload {
  const running = payload.candidates
    .filter(({ serviceName }) => settled.has(serviceName))
    .flatMap(({ serviceName, containers }) => containers.map((container) => ({ serviceName, ...container })));
  return {
    ...payload,
    running: [...payload.running, ...running],
    candidates: payload.candidates.filter(({ serviceName }) => !settled.has(serviceName)),
  };
}
