import type { RouteSpec } from '../config.ts';
import { createEmulator, createEmulatorConnections } from './emulator.ts';
import type { SlotKeeper } from './slots.ts';
import type { Target } from './target.ts';

/** Makes what routes lead to. */
export interface Targets {
  targetOf(spec: RouteSpec): Target;
  /** Ends every connection. */
  close(): Promise<void>;
}

export function createTargets(keeper: SlotKeeper): Targets {
  const emulators = createEmulatorConnections();
  return {
    targetOf: (spec) => {
      if (spec.kind !== 'local') throw new Error('not yet');
      return createEmulator(spec, keeper.pool(spec), emulators);
    },
    close: () => emulators.destroy(),
  };
}
