import { setMaxListeners } from 'node:events';
import { type Clock, systemClock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { sameJson } from '../../core/objects.ts';
import { type Random, systemRandom } from '../../core/random.ts';
import type { AwsRoute, ConsulSource } from '../config.ts';
import type { ServicesCatalog } from './consul-instances.ts';
import { consulRoutes } from './consul-routes.ts';
import { watchLambdaServices } from './consul-services.ts';
import { createSourceHealth, type SourceState } from './source-health.ts';
import { warningsOnce } from './warnings.ts';

export interface ConsulSourceOptions {
  /** Hears of all routes at first and whenever they differ. */
  onRoutes: (routes: readonly AwsRoute[]) => void;
  logger: Logger;
  clock?: Clock;
  random?: Random;
}

/** Routes that follow the catalog of a Consul. */
export interface RunningSource {
  /** Resolves after the first routes, and without them after 10 s. */
  ready: Promise<void>;
  state: () => SourceState;
  /** Nothing is heard of it afterwards. */
  close: () => void;
}

const readyMs = 10_000;

/**
 * Follows the Lambda services of a Consul and makes routes of them, until it is closed. While Consul is away, or hides
 * from the token what it showed, routes stay as they are.
 */
export function startConsulSource(
  source: ConsulSource,
  consul: ServicesCatalog,
  { onRoutes, logger, clock = systemClock, random = systemRandom }: ConsulSourceOptions,
): RunningSource {
  const stop = new AbortController();
  // Every call listens to it, and many are made at once.
  setMaxListeners(0, stop.signal);
  const first = firstOf(clock, readyMs, stop.signal);
  const health = createSourceHealth('consul', logger, clock, stop.signal);
  const warn = warningsOnce(logger);
  let current: readonly AwsRoute[] | undefined;

  void watchLambdaServices(
    consul,
    source.place,
    {
      onServices: (services, warnings) => {
        const { routes, warnings: aboutRoutes } = consulRoutes(services, source);
        warn([...warnings, ...aboutRoutes]);
        if (current === undefined || !sameJson(current, routes)) onRoutes(routes);
        current = routes;
        first.happened();
      },
      onAnswer: health.answered,
      onFailure: health.failed,
    },
    { clock, random, signal: stop.signal },
  );
  return { ready: first.promise, state: health.state, close: () => stop.abort() };
}

/** Something to wait for, though no longer than `ms` milliseconds and not past the signal. */
function firstOf(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
): { promise: Promise<void>; happened: () => void } {
  const came = new AbortController();
  const over = AbortSignal.any([came.signal, signal]);
  return { promise: clock.sleep(ms, over).catch(() => {}), happened: () => came.abort() };
}
