import { nameKey, type Place } from '../../lambda-service/place.ts';

/** A place and a name as the key of a map; names that differ in case alone are one, as in Consul's indexes. */
export type Key = string & { readonly of: 'place and name' };

/** The key of what is called `name` at `place`. */
export function keyOf(place: Place, name: string): Key {
  return `${placeKey(place)}/${nameKey(name)}` as Key;
}

/**
 * The key of the service-defaults behind a key: that of no datacenter in particular, since all share them
 * (https://developer.hashicorp.com/consul/docs/fundamentals/config-entry: the primary replicates its entries).
 */
export function entryKey(key: Key): Key {
  return key.slice(key.indexOf('/')) as Key;
}

/** The name in a key, in lower case. */
export function nameOf(key: Key): string {
  return key.split('/').slice(3).join('/');
}

/** The {@link placeKey} in a key. */
export function placeOf(key: Key): string {
  return key.split('/').slice(0, 3).join('/');
}

/** Our node at a place as the key of a map: all namespaces of a partition share it. */
export function nodeKey({ datacenter = '', partition = '' }: Place): string {
  return [datacenter, partition].join('/');
}

/** A place as the key of a map. */
export function placeKey({ datacenter = '', partition = '', namespace = '' }: Place): string {
  return [datacenter, partition, namespace].join('/');
}
