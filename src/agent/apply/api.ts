import type { Layout } from '../../haproxy/running/layout.ts';

/** How a change reached HAProxy, or did not. */
export type How = 'runtime' | 'reload' | 'rejected' | 'rollback';

/** Why HAProxy was reloaded. */
export type ReloadReason =
  | 'start'
  | 'service_added'
  | 'service_changed'
  | 'route_changed'
  | 'sticky_server'
  | 'tls'
  | 'base'
  | 'certificates'
  | 'haproxy_restarted'
  | 'rollback';

/** Kinds of changes that need no reload. */
export type RuntimeKind = 'add' | 'remove' | 'address' | 'weight' | 'ready' | 'map';

/** Something that happened to what HAProxy serves. */
export interface AppliedChange {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly how: How;
  /** Of runtime changes their kinds, else the reason. */
  readonly reason: string;
  /** Where it is about one. */
  readonly service: string | undefined;
  /** For people; never holds a secret. */
  readonly detail: string;
}

/** What whoever applies tells of it, as it happens. */
export interface ApplyListener {
  /** Something is applied, rejected or put back; runtime changes that came together are one. */
  onChange(change: AppliedChange, measures: ApplyMeasures): void;
  /** Something failed that is tried again in `retryMs`; undefined where that waits for something else to happen. */
  onFailure(error: unknown, retryMs: number | undefined): void;
  /** A line that HAProxy wrote. */
  onOutput(line: string): void;
}

export interface ApplyMeasures {
  readonly durationMs: number;
  /** Runtime changes by kind. */
  readonly kinds: Readonly<Partial<Record<RuntimeKind, number>>>;
}

/** Times in milliseconds since 1970. */
export interface HaproxyState {
  readonly state: 'up' | 'down' | 'starting';
  /** As HAProxy tells it, such as `2.6.12-1+deb12u1`; undefined while unknown. */
  readonly version: string | undefined;
  readonly mode: 'start' | 'drive' | 'off';
  /** Of the master. */
  readonly pid: number | undefined;
  readonly reloads: number;
  readonly oldWorkers: number;
}

export interface AppliedState {
  /** A hash of file and map; undefined before the first. */
  readonly revision: string | undefined;
  readonly appliedAt: number | undefined;
  readonly how: How | 'adopted' | undefined;
  /** Whether something is wanted that is not applied yet. */
  readonly pending: boolean;
  /** What HAProxy refuses for now. */
  readonly rejected: { readonly at: number; readonly error: string } | undefined;
}

/** How a server does, as HAProxy sees it. */
export interface ServerHealth {
  readonly state: 'up' | 'down' | 'drain' | 'maint' | 'checking';
  /** What its last check gave, such as `L4OK`; empty where there is none. */
  readonly health: string;
}

/** Keeps a HAProxy at what is wanted. */
export interface Applier {
  /**
   * Takes over the HAProxy that runs, or starts one with what was applied last; without such a thing HAProxy is started
   * when something is wanted.
   * @throws AppError NOT_FOUND without a binary, FOLDER_UNUSABLE when the folder cannot be made or written, CONFIG_INVALID
   *   when a file in it cannot be read or written
   */
  start(): Promise<void>;
  /** What HAProxy shall run from now on. */
  want(layout: Layout): void;
  /** Resolves when what is wanted now is applied or rejected, in so far as HAProxy is there. */
  settled(): Promise<void>;
  haproxy(): HaproxyState;
  applied(): AppliedState;
  /** Whether HAProxy answers now, asked at once. */
  answers(): Promise<boolean>;
  /** How servers do by `<backend>/<server>`; empty where HAProxy does not answer. */
  servers(): Promise<ReadonlyMap<string, ServerHealth>>;
  /** Ends the work, and a HAProxy that was started here, within its grace time. */
  stop(): Promise<void>;
}
