import type { Namespaces } from '../../consul/places.ts';
import { AppError } from '../../core/errors.ts';
import type { Place } from '../../lambda-service/place.ts';
import type { Registrator, Run } from '../run.ts';

/** The managed partitions of a datacenter; the place itself where Consul is Community. */
export function partitionsIn({ config }: Pick<Run, 'config'>, datacenter: Place): Place[] {
  return config.enterprise
    ? config.partitions.map((partition) => ({ ...datacenter, partition }))
    : [datacenter];
}

/**
 * The namespaces of a partition, as far as the token may list them.
 * @throws AppError CONFIG_INVALID naming ENTERPRISE where the server is Community, or what keeps Consul from being read
 */
export async function listedNamespaces(
  { consul, deadline }: { consul: Pick<Registrator['consul'], 'namespaces'> } & Pick<Run, 'deadline'>,
  partition: string,
): Promise<Exclude<Namespaces, { kind: 'community' }>> {
  const namespaces = await consul.namespaces(partition, deadline);
  if (namespaces.kind !== 'community') return namespaces;
  const message =
    'ENTERPRISE is true, but this Consul knows no namespaces: it is Community. Unset ENTERPRISE. Nothing was changed.';
  throw new AppError('CONFIG_INVALID', message);
}

/** The places of a partition in its namespaces; `default` is always one. */
export function inNamespaces(partition: Place, namespaces: Iterable<string>): Place[] {
  return [...new Set(['default', ...namespaces])].map((namespace) => ({ ...partition, namespace }));
}
