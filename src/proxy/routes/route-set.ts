import type { RouteSpec } from '../config.ts';
import { type Route, routeLabel } from './route.ts';
import { RouteTable } from './table.ts';
import type { Usage } from '../targets/target.ts';
import type { Targets } from '../targets/targets.ts';
import { formatOf } from '../../http/formats.ts';

/** The routes of this moment. */
export class RouteSet {
  readonly #targets: Targets;
  #routes = new Map<string, Route>();
  #table = new RouteTable<Route>([]);

  constructor(targets: Targets) {
    this.#targets = targets;
  }

  /** Routes that have not changed stay as they are, with what waits for them; calls in flight go on where they are. */
  replace(specs: readonly RouteSpec[]): void {
    const before = this.#routes;
    this.#routes = new Map(
      specs.map((spec) => {
        const key = JSON.stringify(spec);
        return [key, before.get(key) ?? this.#routeOf(spec)];
      }),
    );
    this.#table = new RouteTable([...this.#routes.values()]);
    for (const [key, route] of before) if (!this.#routes.has(key)) route.target.slots.close();
  }

  match(host: string, path: string): Route | undefined {
    return this.#table.match(host, path);
  }

  /** Every route with what is going on at its target. */
  usage(): { readonly route: Route; readonly usage: Usage }[] {
    return [...this.#routes.values()].map((route) => ({ route, usage: route.target.slots.usage() }));
  }

  #routeOf(spec: RouteSpec): Route {
    const { kind, hostname, pathPrefix, stripPrefix, invocation, timeoutMs } = spec;
    return {
      kind,
      hostname,
      pathPrefix,
      stripPrefix,
      invocation,
      timeoutMs,
      label: routeLabel(spec),
      format: formatOf(spec.format),
      target: this.#targets.targetOf(spec),
    };
  }
}
