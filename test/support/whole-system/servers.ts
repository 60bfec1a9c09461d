import { freePorts } from '../../../src/sandbox/free-ports.ts';
import { type PlainServer, startPlainServer } from '../../../src/sandbox/plain-servers.ts';
import {
  addNamespace,
  addService,
  register as addInstance,
} from '../../../src/sandbox/aws/cloud-map/world.ts';
import type { World } from '../../../src/sandbox/aws/world.ts';
import type { ConsulEndpoint } from '../consul/calls.ts';
import { domain, namespace } from './system.ts';
import type { Target } from './traffic.ts';

/** Plain HTTP servers of one service, which answer with their ids. */
export interface Servers {
  readonly service: string;
  readonly servers: readonly PlainServer[];
  stop(): Promise<void>;
}

export async function startServers(service: string, count: number): Promise<Servers> {
  const ports = await freePorts(count);
  const servers = await Promise.all(ports.map((port, at) => startPlainServer(`${service}-${at}`, port)));
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  return { service, servers, stop };
}

/** Registers them in Consul, each on a machine of its own. */
export async function registerInConsul(consul: ConsulEndpoint, { service, servers }: Servers): Promise<void> {
  for (const server of servers) await register(consul, service, server);
}

export async function register(
  consul: ConsulEndpoint,
  service: string,
  { id, ip, port }: PlainServer,
): Promise<void> {
  const route = { 'route-host': `${service}.test` };
  const Service = { ID: id, Service: service, Address: ip, Port: port, Meta: route };
  await consul.ok('PUT', '/v1/catalog/register', { Node: machineOf(id), Address: ip, Service });
}

export async function deregister(consul: ConsulEndpoint, { id }: Pick<PlainServer, 'id'>): Promise<void> {
  await consul.ok('PUT', '/v1/catalog/deregister', { Node: machineOf(id) });
}

function machineOf(id: string): string {
  return `machine-${id}`;
}

/** Registers them in Cloud Map, in a namespace that the agent follows. */
export function registerInCloudMap(world: World, { service, servers }: Servers): void {
  const added = addService(addNamespace(world, namespace), service);
  for (const { id, ip, port } of servers)
    addInstance(added, id, { AWS_INSTANCE_IPV4: ip, AWS_INSTANCE_PORT: String(port) });
}

export function targetInConsul({ service, servers }: Servers): Target {
  return { name: service, host: `${service}.test`, bodies: servers.map(({ id }) => id) };
}

export function targetInCloudMap({ service, servers }: Servers): Target {
  return { name: service, host: `${service}.${domain}`, bodies: servers.map(({ id }) => id) };
}
