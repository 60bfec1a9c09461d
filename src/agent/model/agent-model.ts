import type { Route, Scheme } from '../../haproxy/model.ts';
import type { ServiceOptions } from './options.ts';
import type { Problem } from './sighting.ts';

/** Sources in the order of their precedence. */
export const sourceNames = ['file', 'docker', 'consul', 'cloud_map'] as const;
export type SourceName = (typeof sourceNames)[number];

/**
 * What HAProxy is to serve, as data: backends and servers have the names of `haproxy/model.ts`, all values are in normal
 * form and passed an allow-list. Lists are sorted, so that equal worlds give equal JSON, whatever the order in which
 * sources told of them.
 */
export interface AgentModel {
  /** By name; those that ask for no route are left out. */
  readonly services: readonly AgentService[];
  /** By name; each is where some route leads. */
  readonly backends: readonly AgentBackend[];
  readonly conflicts: readonly Conflict[];
  readonly problems: readonly Problem[];
}

/** A service of one or more sources. */
export interface AgentService {
  /** As its sources call it. */
  readonly name: string;
  /** The name of its own backend; of that of all functions for a function. Its servers may be in shared ones besides. */
  readonly backend: string;
  readonly sources: readonly SourceName[];
  /** The routes that it has: a route is in one service alone. By host and path. */
  readonly routes: readonly AgentRoute[];
  /** What it gets of routes that other services have. */
  readonly shares: readonly RouteShare[];
}

/** A route, and the backend that its requests go to. */
export interface AgentRoute extends Route {
  readonly backend: string;
}

/** A part of the requests of another service's route. */
export interface RouteShare extends Pick<Route, 'host' | 'path'> {
  readonly percent: number;
  /** Whose route it is. */
  readonly service: string;
  readonly backend: string;
}

/** Servers that requests are spread over: a service of HAProxy's model. */
export interface AgentBackend {
  /** As `fileName` gives it, of the service's name alone. */
  readonly name: string;
  /** Those of the service that has the routes. */
  readonly options: ServiceOptions;
  /** By service and name. */
  readonly servers: readonly AgentServer[];
}

export interface AgentServer {
  /** As `fileName` gives it, of the instance's id alone; unique in the service. */
  readonly name: string;
  /** The backend of its service alone, where it stands in one that is shared. */
  readonly of?: string | undefined;
  readonly service: string;
  readonly source: SourceName;
  /** As the source calls the instance. */
  readonly id: string;
  readonly address: string;
  readonly port: number;
  /** 0 to 256. */
  readonly weight: number;
  /** As its own service has them, in a shared backend too. */
  readonly scheme: Scheme;
  readonly maxconn: number;
  readonly state: 'ready' | 'drain';
}

/** A route that several services ask for, and who has it. */
export interface Conflict extends Pick<Route, 'host' | 'path'> {
  readonly winner: string;
  readonly losers: readonly string[];
}
