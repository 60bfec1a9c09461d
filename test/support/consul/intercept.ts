/** A call that has not been made yet. */
export interface Call {
  method: string;
  args: unknown[];
  /** Makes it, with its own arguments unless others are given. */
  make: (args?: unknown[]) => Promise<unknown>;
}

/** The same object, each of whose calls is made, or not, by `handle`; `calls` and `close`, which wait for nothing, are left alone. */
export function intercept<Target extends object>(
  target: Target,
  handle: (call: Call) => Promise<unknown>,
): Target {
  return new Proxy(target, {
    get: (object, key, receiver) => {
      const member: unknown = Reflect.get(object, key, receiver);
      if (typeof member !== 'function' || key === 'calls' || key === 'close') return member;
      return async (...args: unknown[]): Promise<unknown> => {
        const make = async (others = args): Promise<unknown> => Reflect.apply(member, object, others);
        return handle({ method: String(key), args, make });
      };
    },
  });
}

const consulWrites: ReadonlySet<string> = new Set([
  'putServiceDefaults',
  'deleteServiceDefaults',
  'putTerminatingGateway',
  'transact',
]);

/** Whether a method of the client of Consul changes anything. */
export function isConsulWrite(method: string): boolean {
  return consulWrites.has(method);
}
