import type { TerminatingGateway } from '../../../src/consul/api.ts';
import type { Consul } from '../../../src/consul/client.ts';
import type { LinkChange } from '../../../src/registrator/gateways/links.ts';
import type { Run } from '../../../src/registrator/run.ts';
import type { ConsulEndpoint } from '../consul/calls.ts';
import { testDeadline } from '../consul/client.ts';
import { partsFor } from './registrator.ts';
import { createTagWorld } from '../aws/tag-world.ts';

/** A run of a registrator that has no functions. */
export function runFor(consul: Consul, env: Record<string, string> = {}): Run {
  const parts = partsFor(consul, createTagWorld().functions, { env });
  return { ...parts, deadline: testDeadline(), dryRun: false, isFull: true };
}

/** `gateway` is to list `services`. */
export function linked(gateway: string, ...services: string[]): LinkChange[] {
  return services.map((service) => ({ gateway, link: { service }, want: 'linked' }));
}

/** `gateway` is no longer to list `services`. */
export function unlinked(gateway: string, ...services: string[]): LinkChange[] {
  return services.map((service) => ({ gateway, link: { service }, want: 'unlinked' }));
}

/** What a gateway's entry holds without what is the server's, read by plain HTTP; undefined without an entry. */
export async function gatewayEntry(
  server: ConsulEndpoint,
  name: string,
): Promise<TerminatingGateway | undefined> {
  const { status, body } = await server.call('GET', `/v1/config/terminating-gateway/${name}`);
  if (status === 404) return undefined;
  const { Hash: _hash, CreateIndex: _create, ModifyIndex: _modify, ...entry } = body as TerminatingGateway;
  return entry;
}

/** Names of the services that a gateway lists, in its order. */
export async function linksOf(server: ConsulEndpoint, name: string): Promise<string[]> {
  return ((await gatewayEntry(server, name))?.Services ?? []).map(({ Name }) => Name);
}

/** Sets the services that a gateway lists, as somebody else does who does not check and set. */
export async function setLinks(server: ConsulEndpoint, name: string, ...services: string[]): Promise<void> {
  const Services = services.map((Name) => ({ Name }));
  await server.ok('PUT', '/v1/config', { Kind: 'terminating-gateway', Name: name, Services });
}

/** Removes the entries of all gateways. */
export async function removeGateways(server: ConsulEndpoint): Promise<void> {
  const entries = (await server.ok('GET', '/v1/config/terminating-gateway')) as { Name: string }[];
  for (const { Name } of entries) await server.ok('DELETE', `/v1/config/terminating-gateway/${Name}`);
}
