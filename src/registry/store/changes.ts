import { sameJson } from '../../core/objects.ts';
import type { HostState, ServiceState, TableState } from './state.ts';

/** What has to be written so that the table holds an outcome. */
export interface Changes {
  /** The reporter's own item; absent: it is as it should be. */
  host: HostState | undefined;
  /** Definitions that are new or different. */
  put: ReadonlyMap<string, ServiceState>;
  /** Services that gained an instance and need a new revision for it, as they were read. */
  keep: ReadonlyMap<string, ServiceState>;
}

/**
 * What has to be written for a reporter.
 * @param before what was read, without services that have ended
 * @param gained services that gained an instance of the reporter, as they were when they were first read; undefined for
 *   those that were not there
 */
export function changesBetween(
  before: TableState,
  after: TableState,
  reporter: string,
  gained: ReadonlyMap<string, ServiceState | undefined>,
): Changes {
  const put = new Map<string, ServiceState>();
  const keep = new Map<string, ServiceState>();
  for (const [name, service] of after.services) {
    const old = before.services.get(name);
    if (old === service && !gained.has(name)) continue;
    if (!old || !sameJson(old.definition, service.definition)) put.set(name, service);
    else if (!gained.has(name) && old.expires !== service.expires) put.set(name, service);
  }
  for (const [name, first] of gained) {
    const service = before.services.get(name) ?? first;
    if (service && !put.has(name)) keep.set(name, service);
  }
  const host = after.hosts.get(reporter);
  return { host: host === before.hosts.get(reporter) ? undefined : host, put, keep };
}

/** What is stored and counts no more. */
export function leftovers(stored: TableState, live: TableState): TableState {
  return {
    services: new Map([...stored.services].filter(([name]) => !live.services.has(name))),
    hosts: new Map([...stored.hosts].filter(([name]) => !live.hosts.has(name))),
  };
}

/** The state without those of the given services that nobody has written since: a later report does not revive them. */
export function withoutUnchanged(state: TableState, { services: gone }: TableState): TableState {
  const services = [...state.services].filter(
    ([name, { revision }]) => gone.get(name)?.revision !== revision,
  );
  return { ...state, services: new Map(services) };
}
