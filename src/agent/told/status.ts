/** `/status`, as the contract has it: times in ISO 8601, addresses with their port. */
export interface Status {
  readonly version: string;
  readonly started_at: string;
  readonly haproxy: {
    readonly up: boolean;
    readonly version: string | null;
    readonly mode: 'start' | 'drive' | 'off';
    readonly pid: number | null;
    readonly reloads: number;
    readonly old_workers: number;
  };
  readonly config: {
    readonly revision: string | null;
    readonly applied_at: string | null;
    readonly how: string | null;
    readonly pending: boolean;
    readonly rejected: { readonly at: string; readonly error: string } | null;
  };
  readonly sources: readonly SourceStatus[];
  readonly services: readonly ServiceStatus[];
  readonly conflicts: readonly ConflictStatus[];
  readonly problems: readonly ProblemStatus[];
  /** The last 200, newest first. */
  readonly changes: readonly ChangeStatus[];
}

export interface SourceStatus {
  readonly name: string;
  readonly ok: boolean;
  readonly services: number;
  readonly servers: number;
  readonly last_success: string | null;
  /** Seconds since the last success; null before the first. */
  readonly age_s: number | null;
  readonly failures: number;
  readonly error: string | null;
  readonly held: readonly HeldStatus[];
}

export interface HeldStatus {
  readonly service: string;
  readonly reason: string;
  readonly since: string;
  readonly reads: number;
}

export interface ServiceStatus {
  readonly name: string;
  readonly backend: string;
  readonly sources: readonly string[];
  readonly routes: readonly RouteStatus[];
  readonly servers: readonly ServerStatus[];
}

export interface RouteStatus {
  readonly host: string | null;
  readonly path: string | null;
  readonly strip: boolean;
  /** What it gets of another's requests, in percent; null where the route is its own. */
  readonly percent: number | null;
  readonly tls: boolean;
}

export interface ServerStatus {
  readonly name: string;
  readonly id: string;
  readonly address: string;
  readonly source: string;
  readonly weight: number;
  readonly state: 'up' | 'down' | 'drain' | 'maint' | 'checking';
  readonly health: string;
}

export interface ConflictStatus {
  readonly host: string | null;
  readonly path: string | null;
  readonly winner: string;
  readonly losers: readonly string[];
}

export interface ProblemStatus {
  readonly source: string;
  readonly service: string | null;
  readonly instance: string | null;
  readonly message: string;
}

export interface ChangeStatus {
  readonly at: string;
  readonly how: string;
  readonly reason: string;
  readonly service: string | null;
  readonly detail: string;
}

/**
 * What `/events` sends (server-sent events, https://html.spec.whatwg.org/multipage/server-sent-events.html): first a
 * `status` with everything; then, whenever something is other than before, a `change`.
 */
export interface StatusChange {
  /** All of the status but its services. */
  readonly status: Omit<Status, 'services'>;
  /** Services that are new or other than before. */
  readonly services: readonly ServiceStatus[];
  /** Names of those that are gone. */
  readonly gone: readonly string[];
}
