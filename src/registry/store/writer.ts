import type { Table } from '../../aws/table.ts';
import { mapConcurrent } from '../../core/concurrency.ts';
import type { Deadline } from '../../core/deadline.ts';
import { AppError } from '../../core/errors.ts';
import type { Changes } from './changes.ts';
import { hostKey, hostRow, serviceKey, serviceRow } from './rows.ts';
import type { ServiceState, TableState } from './state.ts';

const writesAtOnce = 8;
const keepAttempts = 10;

/** Where writes go. */
export interface Target {
  table: Table;
  /** The logical table. */
  pk: string;
  /** A text that was never used before. */
  newRevision: () => string;
  deadline: Deadline;
}

/** Writes the reporter's own item; false: somebody wrote it since it was read. */
export async function writeHost(target: Target, reporter: string, { host }: Changes): Promise<boolean> {
  if (host === undefined) return true;
  const { table, pk, newRevision, deadline } = target;
  return table.put(hostRow(pk, reporter, host, newRevision()), host.revision, deadline);
}

/** Writes what changed of the services and returns the names of those that are as they should be now. */
export async function writeServices(target: Target, { put, keep }: Changes): Promise<string[]> {
  const { table, pk, newRevision, deadline } = target;
  const kept = await mapConcurrent([...keep], writesAtOnce, async ([name, service]) => {
    await keepService(target, name, service);
    return name;
  });
  const written = await mapConcurrent([...put], writesAtOnce, async ([name, service]) => {
    const met = await table.put(serviceRow(pk, name, service, newRevision()), service.revision, deadline);
    return met ? [name] : [];
  });
  return [...kept, ...written.flat()];
}

/**
 * Removes what is still as it was read; false: something was written since. Hosts go last, since a silent one tells when
 * its services ended.
 */
export async function removeAll(target: Target, { services, hosts }: TableState): Promise<boolean> {
  const { table, pk, deadline } = target;
  const servicesGone = await mapConcurrent([...services], writesAtOnce, ([name, { revision = '' }]) =>
    table.remove(serviceKey(pk, name), revision, deadline),
  );
  const hostsGone = await mapConcurrent([...hosts], writesAtOnce, ([name, { revision = '' }]) =>
    table.remove(hostKey(pk, name), revision, deadline),
  );
  return [...servicesGone, ...hostsGone].every(Boolean);
}

/**
 * Gives a service a new revision, so that nobody removes it on the strength of an older one; one that vanished is put
 * back as it was read.
 */
async function keepService(target: Target, name: string, service: ServiceState): Promise<void> {
  const { table, pk, newRevision, deadline } = target;
  const row = serviceRow(pk, name, { ...service, expires: undefined }, newRevision());
  for (let attempt = 1; attempt <= keepAttempts; attempt += 1) {
    if (await table.touch(row, row.revision, deadline)) return;
    if (await table.put(row, undefined, deadline)) return;
  }
  throw new AppError('REVISION_CONFLICT', `The service ${name} comes and goes: others keep writing it.`);
}
