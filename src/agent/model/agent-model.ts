import type { Route } from '../../haproxy/model.ts';
import type { ServiceOptions } from './options.ts';
import type { Problem } from './sighting.ts';

/** Sources in the order of their precedence. */
export const sourceNames = ['file', 'docker', 'consul', 'cloud_map'] as const;
export type SourceName = (typeof sourceNames)[number];

/**
 * What HAProxy is to serve, as data: all names are HAProxy's, all values are in normal form and passed an allow-list. Lists
 * are sorted, so that equal worlds give equal JSON, whatever the order in which sources told of them.
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
  readonly name: string;
  /** Its own backend; that of all functions for a function. Its servers may be in shared ones besides. */
  readonly backend: string;
  readonly sources: readonly SourceName[];
  /** The routes that it has: a route is in one service alone. By host and path. */
  readonly routes: readonly AgentRoute[];
  /** What it gets of routes that other services have. */
  readonly shares: readonly RouteShare[];
}

/** A route, and the backend that its requests go to. */
interface AgentRoute extends Route {
  readonly backend: string;
}

/** A part of the requests of another service's route. */
interface RouteShare extends Pick<Route, 'host' | 'path'> {
  readonly percent: number;
  /** Whose route it is. */
  readonly service: string;
  readonly backend: string;
}

/** Servers that requests are spread over. */
export interface AgentBackend {
  readonly name: string;
  /** Those of the service that has the routes. */
  readonly options: ServiceOptions;
  /** By name. */
  readonly servers: readonly AgentServer[];
}

export interface AgentServer {
  /** A function of service and id alone; unique in the backend. */
  readonly name: string;
  /** What a client's cookie says of it; tells nothing to the client. */
  readonly cookie: string;
  readonly service: string;
  readonly source: SourceName;
  /** As the source calls the instance. */
  readonly id: string;
  readonly address: string;
  readonly port: number;
  /** 0 to 256. */
  readonly weight: number;
  readonly state: 'ready' | 'drain';
}

/** A route that several services ask for, and who has it. */
export interface Conflict extends Pick<Route, 'host' | 'path'> {
  readonly winner: string;
  readonly losers: readonly string[];
}
