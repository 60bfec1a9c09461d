import { AppError } from '../../core/errors.ts';
import type { Place } from '../../lambda-service/place.ts';
import { nodeMetaKeys } from '../../lambda-service/service.ts';
import { namesIn } from '../model/node-lists.ts';
import type { Registrator, Run } from '../run.ts';

/** What reading where something is needs of a registrator. */
export type Asking = Pick<Registrator, 'consul' | 'config'> & Pick<Run, 'deadline'>;

/** A place that could not be read, or not whole, and why. */
export interface Unseen {
  /** As `datacenter dc2`. */
  where: string;
  error: AppError;
}

/** The managed partitions of a datacenter; the datacenter itself where Consul is Community. */
export function partitionsIn({ config }: Pick<Asking, 'config'>, datacenter: Place): Place[] {
  return config.enterprise
    ? config.partitions.map((partition) => ({ ...datacenter, partition }))
    : [datacenter];
}

/**
 * The namespaces of a partition; the place itself where Consul is Community. Where the token may not list them, those that
 * our node remembers, and `default`.
 * @throws AppError CONFIG_INVALID when the server knows no namespaces, or what keeps Consul from being read
 */
export async function namespacesIn({ consul, config, deadline }: Asking, partition: Place): Promise<Place[]> {
  if (partition.partition === undefined) return [partition];
  const namespaces = await consul.namespaces(partition.partition, deadline);
  if (namespaces.kind === 'community')
    throw new AppError(
      'CONFIG_INVALID',
      'ENTERPRISE is true, but this Consul knows no namespaces. Unset it.',
    );
  if (namespaces.kind === 'listed') return namespaces.names.map((namespace) => ({ ...partition, namespace }));
  const byDefault = { ...partition, namespace: 'default' };
  const { node } = await consul.nodeServices(byDefault, config.nodeName, deadline);
  const remembered = namesIn(node, nodeMetaKeys.namespaces);
  return [...new Set(['default', ...remembered])].map((namespace) => ({ ...partition, namespace }));
}
