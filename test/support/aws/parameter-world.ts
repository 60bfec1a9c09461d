import type { ExtensionParameters, Storage } from '../../../src/aws/api.ts';
import type { Secret } from '../../../src/core/secret.ts';

/** Parameter Store in memory: what it holds, and what was asked of it. */
export interface ParameterWorld {
  parameters: ExtensionParameters;
  values: Map<string, Secret>;
  /** `put`, `remove` or `values`, and the names. */
  calls: string[];
  /** How each parameter was stored last. */
  storage: Map<string, Storage>;
  /** Asked before each call is made, and may throw. */
  before: (call: string) => void | Promise<void>;
}

export function createParameterWorld(): ParameterWorld {
  const called = async (call: string): Promise<void> => {
    world.calls.push(call);
    await world.before(call);
  };
  const world: ParameterWorld = {
    values: new Map(),
    calls: [],
    storage: new Map(),
    before: () => {},
    parameters: {
      put: async (name, value, storage) => {
        await called(`put ${name}`);
        world.values.set(name, value);
        world.storage.set(name, storage);
      },
      remove: async (name) => {
        await called(`remove ${name}`);
        world.values.delete(name);
      },
      values: async (names) => {
        await called(`values ${names.join(' ')}`);
        return new Map([...world.values].filter(([name]) => names.includes(name)));
      },
      calls: () => world.calls.length,
    },
  };
  return world;
}
