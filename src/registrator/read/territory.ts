import { placeKey } from '../model/key.ts';
import type { FunctionStates, Observed } from '../model/snapshot.ts';
import type { Territory } from '../model/territory.ts';
import { knownDatacenters } from '../primary.ts';
import type { Run } from '../run.ts';

/**
 * Where this registrator keeps services. The name of home's datacenter, which functions without a datacenter tag belong to,
 * is asked of Consul only where a function names one and our node does not tell.
 * @throws AppError when Consul cannot be asked
 */
export async function territoryOf(
  run: Run,
  { nodes }: Observed,
  functions: FunctionStates,
): Promise<Territory> {
  const { home, config } = run;
  const told = home.datacenter ?? nodes.get(placeKey(home))?.node?.Datacenter;
  const isNamed = [...functions.values()].some(
    (state) => state.kind === 'tagged' && state.tags.place.datacenter !== undefined,
  );
  const name = told ?? (isNamed ? (await knownDatacenters(run))[0] : undefined);
  return {
    home,
    datacenter: name?.toLowerCase(),
    isRestricted: config.datacenter !== undefined,
    partitions: config.enterprise ? config.partitions : undefined,
  };
}
