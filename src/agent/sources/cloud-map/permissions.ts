import { isDenied } from '../../../aws/errors.ts';
import type { Clock } from '../../../core/clock.ts';

/** What can be done without, and how. */
const without = {
  DiscoverInstances: 'instances are listed, which AWS limits more',
  DiscoverInstancesRevision: 'every service is read whole each time',
  GetInstancesHealthStatus: 'the health of listed instances is unknown, and all of them take requests',
} as const;

type Dispensable = keyof typeof without;

/** Which calls are granted, as far as they were tried. */
export interface Permissions {
  /** What a call gives; undefined where it is not granted, or was not a short while ago. */
  ifGranted: <Answer>(action: Dispensable, call: () => Promise<Answer>) => Promise<Answer | undefined>;
  /** What is not granted, and what is done without it. */
  denials: () => string[];
}

/** What was denied is tried again now and then, since it may be granted by now. */
const denialStandsMs = 300_000;

export function createPermissions(clock: Clock): Permissions {
  const deniedAt = new Map<Dispensable, number>();
  const isDeniedNow = (action: Dispensable): boolean => {
    const since = deniedAt.get(action);
    return since !== undefined && clock.now() - since < denialStandsMs;
  };
  return {
    ifGranted: async (action, call) => {
      if (isDeniedNow(action)) return undefined;
      try {
        return await call();
      } catch (error) {
        if (!isDenied(error)) throw error;
        deniedAt.set(action, clock.now());
        return undefined;
      }
    },
    denials: () =>
      Object.entries(without)
        .filter(([action]) => isDeniedNow(action as Dispensable))
        .map(([action, effect]) => `servicediscovery:${action} is not granted: ${effect}`),
  };
}
