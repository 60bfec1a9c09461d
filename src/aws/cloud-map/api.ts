import type { Deadline } from '../../core/deadline.ts';

/** A namespace that the account has, or that another one shares with it. */
export interface Namespace {
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  /** By which instances are discovered; other than the name where that was used before. */
  readonly httpName: string;
  /** The account that it belongs to; undefined where the endpoint does not say. */
  readonly owner: string | undefined;
}

/** A service of a namespace. */
export interface NamespaceService {
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  /** Whether anything tells of the health of its instances. */
  readonly isChecked: boolean;
}

/** `UNKNOWN` also where nothing checks it. */
export type Health = 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN';

/** An instance as it was registered. */
export interface RegisteredInstance {
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface CheckedInstance extends RegisteredInstance {
  readonly health: Health;
}

/** How a service is discovered. */
export interface ServiceAddress {
  /** The namespace's HTTP name. */
  readonly namespace: string;
  readonly service: string;
  /** Needed for a namespace of another account. */
  readonly owner: string | undefined;
}

export interface Discovered {
  /** In no order. */
  readonly instances: readonly CheckedInstance[];
  /** Digits, as of `revision`; undefined where the endpoint tells none. */
  readonly revision: string | undefined;
  /** There may be more instances, and no way to ask for them but to list them. */
  readonly mayBeCut: boolean;
}

/**
 * What is asked of AWS Cloud Map. Every call gives all pages or fails: it is rate limited, repeated on throttling and
 * server errors, and throws AppError UPSTREAM_*, NOT_FOUND for namespaces and services that are missing, DEADLINE_EXCEEDED.
 * Namespaces and services are given by id, or by ARN where another account shares them.
 */
export interface CloudMap {
  namespaces(deadline: Deadline): Promise<Namespace[]>;
  services(namespace: string, deadline: Deadline): Promise<NamespaceService[]>;
  instances(service: string, deadline: Deadline): Promise<RegisteredInstance[]>;
  /** By the id of the instance. */
  healthOf(service: string, deadline: Deadline): Promise<ReadonlyMap<string, Health>>;
  /** All instances, whatever their health. */
  discover(address: ServiceAddress, deadline: Deadline): Promise<Discovered>;
  /** Differs whenever an instance was registered or deregistered, not when one's health changes. */
  revision(address: ServiceAddress, deadline: Deadline): Promise<string>;
  /** Ends what is under way, and all connections. */
  close(): Promise<void>;
}
