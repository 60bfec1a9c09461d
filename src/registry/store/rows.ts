import type { Row } from '../../aws/table.ts';
import { AppError } from '../../core/errors.ts';
import type { Definition, Instance } from '../payload.ts';
import type { HostState, ServiceState, TableState } from './state.ts';

/** The version of what `document` holds. */
const schema = 1;
const servicePrefix = 'SVC#';
const hostPrefix = 'HOST#';

interface ServiceDocument {
  definition: Definition;
  created: number;
}

interface HostDocument {
  running: Instance[];
  written: number;
}

/** The key of a service's item. */
export function serviceKey(pk: string, name: string): { pk: string; sk: string } {
  return { pk, sk: servicePrefix + name };
}

/** The key of the item of a host's report. */
export function hostKey(pk: string, host: string): { pk: string; sk: string } {
  return { pk, sk: hostPrefix + host };
}

/** The item that holds a service, under a new revision. */
export function serviceRow(pk: string, name: string, state: ServiceState, revision: string): Row {
  const { definition, created, expires } = state;
  const document: ServiceDocument = { definition, created };
  return { ...serviceKey(pk, name), ...columnsOf(document, expires, revision) };
}

/** The item that holds a host's report, under a new revision. */
export function hostRow(pk: string, host: string, state: HostState, revision: string): Row {
  const { running, written, expires } = state;
  const document: HostDocument = { running, written };
  return { ...hostKey(pk, host), ...columnsOf(document, expires, revision) };
}

/**
 * What the items of a logical table hold.
 * @throws AppError UPSTREAM_REJECTED for a row that this version cannot read: to guess would lose what it holds
 */
export function stateOf(rows: readonly Row[]): TableState {
  const services = new Map<string, ServiceState>();
  const hosts = new Map<string, HostState>();
  for (const row of rows) {
    const { sk, revision, expires } = row;
    const document = documentOf(row);
    if (sk.startsWith(servicePrefix)) {
      services.set(sk.slice(servicePrefix.length), { ...(document as ServiceDocument), expires, revision });
    } else if (sk.startsWith(hostPrefix)) {
      hosts.set(sk.slice(hostPrefix.length), { ...(document as HostDocument), expires, revision });
    }
  }
  return { services, hosts };
}

function columnsOf(
  document: ServiceDocument | HostDocument,
  expires: number | undefined,
  revision: string,
): Omit<Row, 'pk' | 'sk'> {
  const end = expires === undefined ? {} : { expires };
  return { revision, schema, ...end, document: JSON.stringify(document) };
}

function documentOf({ pk, sk, schema: found, document }: Row): unknown {
  if (found === schema) return JSON.parse(document);
  const message = `The item ${sk} of ${pk} has the schema ${found}; this version of the registry reads ${schema}.`;
  throw new AppError('UPSTREAM_REJECTED', `${message} Update the registry, or remove the item.`);
}
