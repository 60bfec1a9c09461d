import { type Consul, createConsul } from '../../consul/client.ts';
import type { ServiceServer } from './servers.ts';

/** A client for the Consul at `address`, which grants everything to everybody. */
export function consulAt(address: string): Consul {
  const anonymous = { current: () => Promise.resolve({}), renew: () => Promise.resolve(undefined) };
  const { hostname: host, port } = new URL(address);
  return createConsul({
    address: { host, port: Number(port), secure: false },
    credentials: anonymous,
    names: {},
  });
}

/** Registers a service of another machine as its own team would. */
export async function registerForeign(consul: string, service: object): Promise<void> {
  await putToConsul(consul, '/v1/catalog/register', service);
}

/** Registers a server as it would do it for itself, with the host that leads to it. */
export async function registerServer(
  consul: string,
  { service, id, ip, port }: ServiceServer,
): Promise<void> {
  await putToConsul(consul, '/v1/agent/service/register', {
    Name: service,
    ID: id,
    Address: ip,
    Port: port,
    Meta: { 'route-host': hostOf(service) },
  });
}

/** Where requests for a service are sent. */
export function hostOf(service: string): string {
  return `${service}.example.com`;
}

/** @throws Error with what Consul says when it refuses */
export async function putToConsul(consul: string, path: string, body?: object): Promise<void> {
  const answer = await fetch(`${consul}${path}`, {
    method: 'PUT',
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`Consul refuses ${path}: ${await answer.text()}`);
}
