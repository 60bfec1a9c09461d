import type { Route } from '../routes/route.ts';
import type { Usage } from '../targets/target.ts';

/** A route as `/routes` shows it. */
export interface RouteView {
  readonly hostname: string;
  readonly path_prefix: string;
  readonly kind: string;
  readonly target: string;
  readonly format: string;
  /** 0 where nothing limits the calls at once, as `concurrency` has it. */
  readonly slots: number;
  readonly in_use: number;
  readonly queued: number;
}

export function viewOf(route: Route, { slots, inUse, queued }: Usage): RouteView {
  return {
    hostname: route.hostname,
    path_prefix: route.pathPrefix,
    kind: route.kind,
    target: route.target.name,
    format: route.format.name,
    slots: Number.isFinite(slots) ? slots : 0,
    in_use: inUse,
    queued,
  };
}
