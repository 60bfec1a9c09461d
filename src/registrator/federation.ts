import { AppError } from '../core/errors.ts';
import type { Change } from './model/change.ts';
import { isAbroad } from './model/territory.ts';
import type { Run } from './run.ts';

/** How long datacenters that keep service-defaults of their own are remembered, in milliseconds. */
const rememberedMs = 10 * 60 * 1000;

/** Why nothing can be written in a datacenter that was found to keep service-defaults of its own. */
export function separation({ memory, clock }: Run, datacenter: string): AppError | undefined {
  const until = memory.separate?.get(datacenter);
  if (until === undefined || until <= clock.now()) return undefined;
  const message = `Datacenter ${datacenter} keeps service-defaults of its own: what is written here cannot be read there. Set primary_datacenter in the configuration of all servers, or run a registrator there with DATACENTER=${datacenter}. Nothing was changed there.`;
  return new AppError('UPSTREAM_REJECTED', message);
}

/** Remembers what was found out of a datacenter. */
export function noteFederation({ memory, clock }: Run, datacenter: string, isShared: boolean): void {
  if (isShared) {
    (memory.federated ??= new Set()).add(datacenter);
    memory.separate?.delete(datacenter);
  } else {
    (memory.separate ??= new Map()).set(datacenter, clock.now() + rememberedMs);
  }
}

/** Whether entries that are written at home may be unknown where a change is made: a copy has to arrive there. */
export function needsCopy({ home, memory }: Run, { place }: Pick<Change, 'place'>): boolean {
  if (isAbroad({ home }, place)) return true;
  const answering = memory.datacenters?.names[0];
  return place.datacenter !== undefined && answering !== undefined && place.datacenter !== answering;
}
