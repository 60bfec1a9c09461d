import { defaultsArn } from '../../../src/lambda-service/service-defaults.ts';
import type { ServiceDefaults } from '../../../src/consul/api.ts';
import { agentsPlace, type Place } from '../../../src/lambda-service/place.ts';
import type { ConsulEndpoint } from './calls.ts';

export interface CatalogState {
  /** Services on the node, by ID: tags and Meta. */
  services: Record<string, { Tags: string[]; Meta: Record<string, string> }>;
  /** Service-defaults by name: the ARN that they name, and the whole entry. */
  defaults: Record<string, { arn: string | undefined; entry: ServiceDefaults }>;
}

/** What Consul holds for a node in a place, read by plain HTTP. */
export async function readCatalog(
  server: ConsulEndpoint,
  node = 'lambdas',
  place: Place = agentsPlace,
): Promise<CatalogState> {
  const answer = (await server.ok('GET', inPlace(`/v1/catalog/node/${node}`, place))) as {
    Services?: Record<string, { ID: string; Tags: string[]; Meta: Record<string, string> }>;
  } | null;
  const entries = (await server.ok(
    'GET',
    inPlace('/v1/config/service-defaults', place),
  )) as ServiceDefaults[];
  return {
    services: Object.fromEntries(
      Object.values(answer?.Services ?? {}).map(({ ID, Tags, Meta }) => [ID, { Tags, Meta }]),
    ),
    defaults: Object.fromEntries(entries.map((entry) => [entry.Name, { arn: defaultsArn(entry), entry }])),
  };
}

/** Names that have a service or service-defaults, but not both. */
export function halves({ services, defaults }: CatalogState): string[] {
  const [left, right] = [new Set(Object.keys(services)), new Set(Object.keys(defaults))];
  return [...left, ...right].filter((name) => left.has(name) !== right.has(name));
}

/** Removes every node but the agent's, and every service-defaults entry of a place and its partition. */
export async function emptyCatalog(server: ConsulEndpoint, place: Place = agentsPlace): Promise<void> {
  const { defaults } = await readCatalog(server, 'lambdas', place);
  for (const name of Object.keys(defaults))
    await server.ok('DELETE', inPlace(`/v1/config/service-defaults/${name}`, place));
  const nodes = (await server.ok('GET', inPlace('/v1/catalog/nodes', place))) as { Node: string }[];
  for (const { Node } of nodes.filter((node) => node.Node !== 'agent'))
    await server.ok('PUT', inPlace('/v1/catalog/deregister', place), { Node });
}

function inPlace(path: string, { partition, namespace }: Place): string {
  const query = { ...(partition && { partition }), ...(namespace && { ns: namespace }) };
  return `${path}?${new URLSearchParams(query).toString()}`;
}
