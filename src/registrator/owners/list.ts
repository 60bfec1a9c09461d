import type { AclHints, CatalogNode, CatalogService } from '../../consul/api.ts';
import { mapConcurrent } from '../../core/concurrency.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import { nameKey, type Place, placeText } from '../../lambda-service/place.ts';
import { leafMetaKeys, managedTag, metaKeys, nodeMetaKeys } from '../../lambda-service/service.ts';
import { namesIn } from '../model/node-lists.ts';
import { inNamespaces, listedNamespaces, partitionsIn } from '../read/partitions.ts';
import type { Registrator, Run } from '../run.ts';
import type { Unseen } from './unseen.ts';

/** What reading where something is needs of a registrator. */
type Asking = Pick<Registrator, 'consul' | 'config'> & Pick<Run, 'deadline'>;

/** What one owner has on one node. */
export interface OwnerEntry {
  /** The mark on the services; null for what carries none, as the Go registrator leaves it. */
  owner: string | null;
  node: string;
  datacenter: string;
  /** Under Enterprise. */
  partition?: string;
  services: number;
  /** The name of one of them. */
  example: string;
  /** Paths of the parameters that hold the extension data of their functions. */
  parameters: string[];
}

/** Who owns what, and what could not be seen. */
export interface OwnersListing {
  owners: OwnerEntry[];
  unseen: Unseen[];
}

type Look = OwnersListing & { isBlind: boolean };

const readsInFlight = 8;

/**
 * Who owns Lambda services in Consul: on every node that is no agent's, in every known datacenter and, under Enterprise,
 * every managed partition. Their services are told by an owner's mark, or by the tag that the Go registrator gives them.
 * @throws AppError when nothing could be read at all
 */
export async function listOwners(asking: Asking): Promise<OwnersListing> {
  const datacenters = await asking.consul.datacenters(asking.deadline);
  const places = datacenters.flatMap((datacenter) => partitionsIn(asking, { datacenter }));
  const looks = await mapConcurrent(places, readsInFlight, (place) => look(asking, place));
  const [first] = looks.flatMap(({ unseen }) => unseen);
  if (first !== undefined && looks.every(({ isBlind }) => isBlind)) throw first.error;
  return {
    owners: looks.flatMap(({ owners }) => owners),
    unseen: looks.flatMap(({ unseen }) => unseen),
  };
}

/** The owners in one datacenter or partition. */
async function look(asking: Asking, place: Place): Promise<Look> {
  const { consul, config, deadline } = asking;
  try {
    const namespaces = await namespacesIn(asking, place);
    const answer = await consul.nodes(place, deadline);
    const made = answer.nodes.filter((node) => isMadeUp(node, config.nodeName));
    const carried = await mapConcurrent(made, 1, async (node) => {
      const answers = await mapConcurrent(namespaces, readsInFlight, (namespace) =>
        consul.nodeServices(namespace, node.Node, deadline),
      );
      return { node, services: answers.flatMap(({ services }) => services), answers };
    });
    const hidesSome = [answer, ...carried.flatMap(({ answers }) => answers)].some(mayHide);
    return {
      owners: carried.flatMap(({ node, services }) => ownersOn(node, services, place)),
      unseen: hidesSome ? [{ where: placeText(place), error: hidden() }] : [],
      isBlind: false,
    };
  } catch (error) {
    if (!isAppError(error)) throw error;
    return { owners: [], unseen: [{ where: placeText(place), error }], isBlind: true };
  }
}

/** The namespaces of a partition; where the token may not list them, those that our node remembers, and `default`. */
async function namespacesIn(asking: Asking, place: Place): Promise<Place[]> {
  const { consul, config, deadline } = asking;
  if (place.partition === undefined) return [place];
  const namespaces = await listedNamespaces(asking, place.partition);
  if (namespaces.kind === 'listed') return inNamespaces(place, namespaces.names);
  const { node } = await consul.nodeServices({ ...place, namespace: 'default' }, config.nodeName, deadline);
  return inNamespaces(place, namesIn(node, nodeMetaKeys.namespaces));
}

/** Whether a node is no agent's, or our own, whose Meta somebody may have wiped. */
function isMadeUp({ Node, Meta }: CatalogNode, nodeName: string): boolean {
  return Meta?.['external-node'] === 'true' || nameKey(Node) === nameKey(nodeName);
}

function ownersOn({ Node }: CatalogNode, services: readonly CatalogService[], place: Place): OwnerEntry[] {
  const byOwner = new Map<string | null, CatalogService[]>();
  for (const service of services) {
    const mark = service.Meta?.[metaKeys.owner];
    if (mark === undefined && !(service.Tags ?? []).includes(managedTag)) continue;
    const owner = mark ?? null;
    const owned = byOwner.get(owner) ?? [];
    owned.push(service);
    byOwner.set(owner, owned);
  }
  return [...byOwner].map(([owner, owned]) => {
    const [example = ''] = owned.map(({ Service }) => Service).toSorted();
    const parameters = owned.flatMap(({ Meta }) => Meta?.[leafMetaKeys.parameter] ?? []);
    return {
      owner,
      node: Node,
      datacenter: place.datacenter ?? '',
      ...(place.partition === undefined ? {} : { partition: place.partition }),
      services: owned.length,
      example,
      parameters: [...new Set(parameters)].toSorted(),
    };
  });
}

/** https://developer.hashicorp.com/consul/api-docs/features/filtering: anonymous callers are not told that something is hidden. */
function mayHide({ filtered, anonymous, defaultPolicy }: AclHints): boolean {
  return filtered || (anonymous && defaultPolicy === 'deny');
}

function hidden(): AppError {
  return new AppError(
    'UPSTREAM_AUTH',
    'Consul hides nodes or services from this token. Allow node_prefix "" { policy = "read" } and service_prefix "" { policy = "read" } to see every owner.',
  );
}
