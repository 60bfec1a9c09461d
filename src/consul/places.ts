import * as z from 'zod';
import type { Deadline } from '../core/deadline.ts';
import { parse, type Requests } from './transport/requests.ts';

/**
 * The namespaces of a partition: those that the token may see; `denied` where it may see none; `community` where the server
 * knows no namespaces.
 */
export type Namespaces = { kind: 'listed'; names: string[] } | { kind: 'denied' } | { kind: 'community' };

/** Where a Consul can be asked and written. The calls throw as {@link Consul} says. */
export interface Places {
  /** Names of all known datacenters, that of the answering server first; those that are away stay listed. */
  datacenters(deadline: Deadline): Promise<string[]>;
  namespaces(partition: string, deadline: Deadline): Promise<Namespaces>;
}

const namespaceList = z.array(z.looseObject({ Name: z.string() }));

/**
 * Reads where there is anything over `requests` (https://developer.hashicorp.com/consul/api-docs/catalog#list-datacenters,
 * https://developer.hashicorp.com/consul/api-docs/namespaces#list-all-namespaces).
 */
export function createPlaces(requests: Requests): Places {
  return {
    async datacenters(deadline) {
      return (await requests.read(z.array(z.string()), { path: '/catalog/datacenters' }, deadline)).body;
    },
    async namespaces(partition, deadline) {
      const request = { place: { partition }, path: '/namespaces', expect: [200, 403, 404] };
      const answer = await requests.send(request, deadline);
      if (answer.status === 403) return { kind: 'denied' };
      if (answer.status === 200)
        return { kind: 'listed', names: parse(namespaceList, answer).map(({ Name }) => Name) };
      return { kind: 'community' };
    },
  };
}
