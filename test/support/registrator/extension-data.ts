import { afterAll, beforeAll, beforeEach } from 'vitest';
import { deadlineIn, type Deadline } from '../../../src/core/deadline.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { CatalogService } from '../../../src/consul/api.ts';
import type { Consul } from '../../../src/consul/client.ts';
import { agentsPlace } from '../../../src/lambda-service/place.ts';
import { leafMetaKeys, metaKeys } from '../../../src/lambda-service/service.ts';
import type { Registered } from '../../../src/registrator/extension-data/registered.ts';
import type { Run } from '../../../src/registrator/run.ts';
import { emptyCatalog } from '../consul/catalog.ts';
import { consulClient } from '../consul/client.ts';
import { type ConsulServer, startConsul } from '../consul/server.ts';
import { type FaultyFront, startFaultyFront } from '../http/faulty-front.ts';
import { createParameterWorld, type ParameterWorld } from '../aws/parameter-world.ts';
import { partsFor } from './registrator.ts';
import { arnOf, createTagWorld } from '../aws/tag-world.ts';

export const prefix = '/consul/lambda';
export const node = 'lambdas';

/** The path of a function's parameter. */
export function pathOf(functionName: string, under = prefix): string {
  return `${under}/default/default/${functionName}`;
}

/** What a service says of the extension data of its function. */
export function leafMetaOf({ Meta }: CatalogService): Record<string, string | undefined> {
  return Object.fromEntries(Object.values(leafMetaKeys).map((key) => [key, Meta?.[key]]));
}

interface RunSetting {
  env?: Record<string, string>;
  isFull?: boolean;
  dryRun?: boolean;
  deadline?: Deadline;
  /** Milliseconds since 1970. */
  now?: number;
}

export interface Given {
  server: ConsulServer;
  /** What the registrator speaks to. */
  front: FaultyFront;
  consul: Consul;
  world: ParameterWorld;
  /** A run as the registrator makes it, a full sync unless told otherwise. */
  run(setting?: RunSetting): Run;
  /** Registers the service of a function, named as that unless told otherwise. */
  register(functionName: string, service?: string): Promise<void>;
  /** What is registered, as a run reads it. */
  registered(): Promise<Registered[]>;
  service(name: string): Promise<CatalogService>;
}

/** For all tests of a file one Consul with Connect behind a front, emptied before each test, and a Parameter Store. */
export function useExtensionData(): Given {
  const given = {
    run: ({ env, isFull = true, dryRun = false, deadline, now = Date.now() } = {}) => ({
      ...partsFor(given.consul, createTagWorld().functions, {
        env: { CONSUL_EXTENSION_DATA_PREFIX: prefix, ...env },
        parameters: given.world.parameters,
      }),
      wallClock: () => now,
      deadline: deadline ?? deadlineIn(systemClock, 60_000),
      isFull,
      dryRun,
    }),
    register: async (functionName, service = functionName) => {
      const Meta = { [metaKeys.arn]: arnOf(functionName), owner: 'somebody' };
      await given.server.ok('PUT', '/v1/catalog/register', {
        Node: node,
        Address: '127.0.0.1',
        SkipNodeUpdate: true,
        Service: { ID: service, Service: service, Tags: ['blue'], Meta },
      });
    },
    registered: async () => {
      const { services } = await given.consul.nodeServices(
        agentsPlace,
        node,
        deadlineIn(systemClock, 60_000),
      );
      return services.map((service) => {
        const functionArn = service.Meta?.[metaKeys.arn] ?? '';
        const functionName = functionArn.split(':').at(-1) ?? '';
        return { place: agentsPlace, functionArn, functionName, service };
      });
    },
    service: async (name) => {
      const found = (await given.registered()).find(({ service }) => service.ID === name);
      if (found === undefined) throw new Error(`no service ${name}`);
      return found.service;
    },
  } as Given;
  beforeAll(async () => {
    const ca_config = { leaf_cert_ttl: '1h', csr_max_per_second: 0, csr_max_concurrent: 0 };
    given.server = await startConsul({ connect: { enabled: true, ca_config } });
    given.front = await startFaultyFront(given.server);
    given.consul = consulClient(given.front);
  });
  afterAll(async () => {
    given.consul?.close();
    await given.front?.close();
    await given.server?.close();
  });
  beforeEach(async () => {
    given.front.fault = () => undefined;
    given.front.requests.length = 0;
    await emptyCatalog(given.server);
    given.world = createParameterWorld();
  });
  return given;
}
