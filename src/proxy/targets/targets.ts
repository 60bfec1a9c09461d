import type { Lambda } from '../../aws/invoke/api.ts';
import { createConnections } from '../../aws/invoke/connections.ts';
import type { RouteSpec } from '../config.ts';
import { routeLabel } from '../routes/route.ts';
import { createAwsTarget } from './aws.ts';
import { createEmulator } from './emulator.ts';
import type { PoolSpec, SlotKeeper } from './slots.ts';
import type { Target } from './target.ts';

/** Makes what routes lead to. */
export interface Targets {
  targetOf(spec: RouteSpec): Target;
  /** Ends every connection. */
  close(): Promise<void>;
}

/** @param lambda is closed with the targets */
export function createTargets(keeper: SlotKeeper, lambda: Lambda): Targets {
  const emulators = createConnections(undefined);
  return {
    targetOf: (spec) => {
      const slots = keeper.pool(poolOf(spec));
      return spec.kind === 'local'
        ? createEmulator(spec, slots, emulators)
        : createAwsTarget(spec, slots, lambda);
    },
    close: async () => {
      await Promise.all([emulators.close(), lambda.close()]);
    },
  };
}

/** Places at emulators are the endpoint's, whatever leads there; those at AWS are the function's. */
function poolOf(spec: RouteSpec): PoolSpec {
  const { queue } = spec;
  const route = routeLabel(spec);
  if (spec.kind === 'local')
    return { route, endpoints: spec.endpoints, concurrency: spec.concurrency, queue };
  const { functionName, qualifier = '', region, endpoint = '', concurrency } = spec;
  const name = [endpoint, region, functionName, qualifier].join(' ').trim();
  return { route, endpoints: [name], concurrency: concurrency || Infinity, queue };
}
