import type { Deadline } from '../core/deadline.ts';
import type { AppError } from '../core/errors.ts';

/** The addresses of a container on a network. */
export interface ContainerNetwork {
  readonly name: string;
  readonly ipv4: string | undefined;
  readonly ipv6: string | undefined;
}

/** A port of a container that the host passes on. */
export interface PublishedPort {
  /** The container's own. */
  readonly port: number;
  /** The host's address; undefined: all of them. */
  readonly hostAddress: string | undefined;
  readonly hostPort: number;
}

/** A container as its inspection shows it. */
export interface Container {
  /** All 64 digits. */
  readonly id: string;
  /** Without the slash in front. */
  readonly name: string;
  /** `running`, `paused`, `restarting`, `exited` … */
  readonly status: string;
  /** `starting`, `healthy` or `unhealthy`; undefined or `none` without a health check. */
  readonly health: string | undefined;
  /** When it was last started, in milliseconds since 1970 on the daemon's clock. */
  readonly startedAt: number | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly env: ReadonlyMap<string, string>;
  /** TCP ports of its image and of how it was run, the smallest first. */
  readonly exposed: readonly number[];
  readonly published: readonly PublishedPort[];
  /** `bridge`, `host`, `none`, `container:<id>` or the name of a network. */
  readonly networkMode: string;
  /** By name. */
  readonly networks: readonly ContainerNetwork[];
  /** Linux's number of the signal that asks it to stop. */
  readonly stopSignal: number;
  /** How long it is given to stop; `Infinity` for as long as it takes. */
  readonly stopTimeoutMs: number;
}

/** A container that is listed and could not be inspected. */
export interface UnreadContainer {
  readonly id: string;
  readonly name: string;
  readonly error: AppError;
}

/** What runs, paused containers included. */
export interface ContainerList {
  readonly containers: readonly Container[];
  readonly unread: readonly UnreadContainer[];
}

/** Something that happened to a container. */
export interface ContainerEvent {
  /** `start`, `die`, `kill`, `health_status: healthy`, `connect` (to a network) … */
  readonly action: string;
  /** The container's id. */
  readonly id: string;
  /** The number of the signal that a `kill` sent. */
  readonly signal: number | undefined;
  /** When, in milliseconds since 1970 on the daemon's clock. */
  readonly at: number;
}

/** Who hears of a stream of events. */
export interface EventListener {
  /** The daemon has answered: what happens from now on is heard of. */
  onOpen(): void;
  onEvent(event: ContainerEvent): void;
}

/**
 * The calls of the Docker Engine API that the agent makes. They throw AppError UPSTREAM_UNAVAILABLE, UPSTREAM_TIMEOUT,
 * UPSTREAM_THROTTLED, UPSTREAM_AUTH, UPSTREAM_REJECTED (an answer that is none of Docker's) or DEADLINE_EXCEEDED, and the
 * reason of a signal that aborts.
 */
export interface Docker {
  /** Containers that run or are paused; one that ends while it is looked at is left out. */
  listContainers(deadline: Deadline): Promise<ContainerList>;
  /**
   * Tells of events until the daemon ends the stream. Nothing is heard of what happened before, but for what is kept of
   * the time since `since` (milliseconds on the daemon's clock), at most the last 256 events.
   */
  events(since: number | undefined, listener: EventListener, signal: AbortSignal): Promise<void>;
  /** Ends every connection. */
  close(): Promise<void>;
}
