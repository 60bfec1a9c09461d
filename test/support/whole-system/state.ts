import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { filesIn } from '../../../src/agent/apply/options.ts';
import { backendIn } from '../../../src/haproxy/sections/map-routing.ts';
import { parseMap } from '../../../src/haproxy-process/answers.ts';
import { serverStates } from '../../../src/haproxy-process/runtime.ts';
import { askOnce } from '../../../src/haproxy-process/socket.ts';
import { managedTag } from '../../../src/lambda-service/service.ts';
import { readCatalog } from '../consul/catalog.ts';
import type { ConsulEndpoint } from '../consul/calls.ts';
import { waitUntil } from '../wait-until.ts';
import { hostOf } from './account.ts';
import { domain, type WholeSystem } from './system.ts';

/** Where everything stands, in each of the programs' own words. */
interface State {
  /** Services of functions, and those that have service-defaults. */
  readonly services: readonly string[];
  readonly defaults: readonly string[];
  /** Hosts that the proxy has routes for. */
  readonly functions: readonly string[];
  /** The servers of HAProxy that take requests, by host. */
  readonly servers: Readonly<Record<string, readonly string[]>>;
}

/** Waits until Consul, the proxy and HAProxy are exactly as tags, catalog and Cloud Map have it now. */
export async function expectExact(system: WholeSystem, timeoutMs = 30_000): Promise<void> {
  const wanted = await wantedOf(system);
  const isExact = async (): Promise<boolean> => isDeepStrictEqual(await stateOf(system), wanted);
  // What differs is told below.
  await waitUntil('the wanted state', isExact, timeoutMs).catch(() => undefined);
  expect(await stateOf(system)).toEqual(wanted);
}

async function stateOf({ consul, agent, proxy }: WholeSystem): Promise<State> {
  const { services, defaults } = await readCatalog(consul.agent);
  const states = await serverStates(agent.socket);
  const map = parseMap(await askOnce(agent.socket, `show map ${filesIn(agent.folder).map}`));
  const serversOf = (backend: string): string[] =>
    states
      .filter((server) => server.backend === backend && server.isUp && !server.isOut && server.weight > 0)
      .map(({ endpoint }) => endpoint)
      .toSorted();
  return {
    services: Object.keys(services).toSorted(),
    defaults: Object.keys(defaults).toSorted(),
    functions: (await proxy.routes()).map(({ hostname }) => hostname).toSorted(),
    servers: Object.fromEntries(
      [...map].map(([key, value]) => [key.slice(0, -1), serversOf(backendIn(value))]),
    ),
  };
}

async function wantedOf({ account, consul, proxy }: WholeSystem): Promise<State> {
  const functions = account.wanted();
  const ofFunctions = functions.map((name): [string, string[]] => [
    hostOf(name),
    [`127.0.0.1:${proxy.port}`],
  ]);
  const plain = await plainServers(await consul.leader());
  const { namespaces } = account.aws.world.cloudMap;
  const inCloudMap = [...namespaces.values()].flatMap(({ services }) =>
    [...services.values()].map(({ name, instances }): [string, string[]] => [
      `${name}.${domain}`,
      [...instances.values()]
        .map(({ attributes }) => `${attributes['AWS_INSTANCE_IPV4']}:${attributes['AWS_INSTANCE_PORT']}`)
        .toSorted(),
    ]),
  );
  return {
    services: functions,
    defaults: functions,
    functions: functions.map(hostOf),
    servers: Object.fromEntries([...ofFunctions, ...plain, ...inCloudMap]),
  };
}

/** An instance as Consul's catalog tells it. */
interface CatalogInstance {
  readonly ServiceID: string;
  readonly ServiceMeta: Readonly<Record<string, string>>;
  readonly ServiceAddress: string;
  readonly ServicePort: number;
  readonly CreateIndex: number;
}

/** The servers in the catalog that are no functions, by the host of their route. */
async function plainServers(consul: ConsulEndpoint): Promise<[string, string[]][]> {
  return (await plainInstances(consul)).map((instances) => [
    instances[0]?.ServiceMeta['route-host'] ?? '',
    instances.map(({ ServiceAddress, ServicePort }) => `${ServiceAddress}:${ServicePort}`).toSorted(),
  ]);
}

/** A list for each service. */
async function plainInstances(consul: ConsulEndpoint): Promise<CatalogInstance[][]> {
  const services = (await consul.ok('GET', '/v1/catalog/services?consistent')) as Record<string, string[]>;
  const plain = Object.entries(services).filter(
    ([name, tags]) => name !== 'consul' && !tags.includes(managedTag),
  );
  return Promise.all(
    plain.map(async ([name]) => {
      const instances = await consul.ok('GET', `/v1/catalog/service/${name}?consistent`);
      return instances as CatalogInstance[];
    }),
  );
}

/**
 * When each service and each service-defaults was written for the first time, in Consul's count of changes: whatever was
 * deregistered and came back has another one.
 */
export async function birthsIn({ consul }: WholeSystem): Promise<Record<string, number>> {
  const leader = await consul.leader();
  const { Services: functions } = (await leader.ok('GET', '/v1/catalog/node/lambdas?consistent')) as {
    Services: Record<string, { CreateIndex: number }>;
  };
  const defaults = (await leader.ok('GET', '/v1/config/service-defaults')) as {
    Name: string;
    CreateIndex: number;
  }[];
  return Object.fromEntries([
    ...Object.entries(functions).map(([name, { CreateIndex }]) => [name, CreateIndex]),
    ...(await plainInstances(leader)).flat().map(({ ServiceID, CreateIndex }) => [ServiceID, CreateIndex]),
    ...defaults.map(({ Name, CreateIndex }) => [`service-defaults of ${Name}`, CreateIndex]),
  ]);
}
