import { type AppError, isAppError } from '../core/errors.ts';
import type { Place } from '../lambda-service/place.ts';

/** Calls that the primary datacenter answers, whatever place they name. */
const toPrimary = /^(put|delete)/;

/**
 * `consul` for one run: what kept another datacenter than home from answering is told of it at once from then on, so that
 * one that does not answer costs a run one wait.
 */
export function withOutages<Consul extends object>(consul: Consul, home: Place): Consul {
  const outages = new Map<string, AppError>();
  return new Proxy(consul, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown => {
        const datacenter = toPrimary.test(String(name)) ? undefined : datacenterIn(args[0]);
        const call = (): unknown => Reflect.apply(member, target, args);
        if (datacenter === undefined || datacenter === home.datacenter) return call();
        return askUnlessAway(outages, datacenter, call);
      };
    },
  });
}

async function askUnlessAway(
  outages: Map<string, AppError>,
  datacenter: string,
  call: () => unknown,
): Promise<unknown> {
  const known = outages.get(datacenter);
  if (known) throw known;
  try {
    return await call();
  } catch (error) {
    if (isAppError(error) && (error.retryable || error.code === 'UPSTREAM_TLS'))
      outages.set(datacenter, error);
    throw error;
  }
}

function datacenterIn(place: unknown): string | undefined {
  return typeof place === 'object' && place !== null ? (place as Place).datacenter : undefined;
}
