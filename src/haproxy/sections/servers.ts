import { hash } from 'node:crypto';
import { addressKind, endpointText } from '../../core/network/addresses.ts';
import type { CheckTimes, Server, Service } from '../model.ts';
import { checkOptions, duration, resolversName } from './base.ts';

/** What a server is called in every backend that it stands in. */
export function serverName({ id, of }: Pick<Server, 'id' | 'of'>): string {
  return of === undefined ? `s_${id}` : `s_${of}::${id}`;
}

/** Where a server is, as one word. */
export function serverEndpoint({ address, port }: Pick<Server, 'address' | 'port'>): string {
  return endpointText({ address: addressWord(address), port });
}

/** Whether HAProxy looks the server up itself. */
export function isNamed({ address }: Pick<Server, 'address'>): boolean {
  return addressKind(address) === 'name';
}

/** How a server is spoken to; certificates are not verified, since instances are reached by their addresses. */
const schemeOptions = {
  http: [],
  https: ['ssl verify none sni req.fhdr(host),host_only'],
  h2: ['proto h2'],
} as const;

/** Options that a server has in every form of the file, in the order in which they are written. */
export function serverOptions(service: Service, server: Server): string[] {
  const { cookie = service.sticky, slowstart } = service;
  const owner = server.of ?? service.name;
  return [
    ...(isNamed(server) ? [`resolvers ${resolversName} init-addr last,none`] : []),
    ...(server.weight === undefined ? [] : [`weight ${server.weight}`]),
    ...(server.maxconn === undefined ? [] : [`maxconn ${server.maxconn}`]),
    ...schemeOptions[server.scheme ?? 'http'],
    ...(slowstart === undefined ? [] : [`slowstart ${duration(slowstart)}`]),
    ...(cookie === undefined ? [] : [`cookie ${cookieValue(owner, server.id)}`]),
  ];
}

/** How often a server is checked; none where its service wants no checks. */
export function checkWords({ check }: Service, times?: CheckTimes): string[] {
  if (check === 'off') return [];
  return ['check observe layer4', ...(times === undefined ? [] : [checkOptions(times)])];
}

/** HAProxy 3.0 takes names that begin with `rht` for reverse HTTP, unless they are in another case, which DNS ignores. */
function addressWord(address: string): string {
  return address.replace(/^rht/, 'Rht');
}

/** Says nothing about the server and stays the same whatever its order, address or neighbours. */
function cookieValue(service: string, id: string): string {
  return hash('sha256', `${service}\0${id}`, 'hex').slice(0, 16);
}
