import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { Consul } from '../../../src/consul/client.ts';
import type { Registrator } from '../../../src/registrator/run.ts';
import { emptyCatalog } from '../consul/catalog.ts';
import type { ConsulEndpoint } from '../consul/calls.ts';
import { consulClient } from '../consul/client.ts';
import { startProjectConsul } from '../consul/consuls.ts';
import { type FaultyFront, startFaultyFront } from '../http/faulty-front.ts';
import { partsFor } from './registrator.ts';
import { createTagWorld, type TagWorld } from '../aws/tag-world.ts';

export interface Given {
  server: ConsulEndpoint;
  /** What the registrator speaks to. */
  front: FaultyFront;
  consul: Consul;
  /** Functions of the test account; none at the start of a test. */
  world: TagWorld;
  /** A registrator with default settings that has just started. */
  parts: Registrator;
  /** Another one for the same functions, with settings and a token of its own. */
  registrator(env: Record<string, string>, token?: string): Registrator;
  /** Services on our node, by ID. */
  services(): Promise<Record<string, Record<string, unknown>>>;
  /** Forgets the requests seen so far; from now on `fault` is asked for each. */
  watch(fault?: FaultyFront['fault']): void;
  /** What was asked of Consul since `watch`, without queries. */
  requests(): string[];
  /** Those of `requests` that are no reads. */
  writes(): string[];
}

interface Options {
  acl?: boolean;
  /** Another Consul than the project's. */
  start?: () => Promise<ConsulEndpoint>;
  /** Settings of every registrator. */
  env?: Record<string, string>;
}

/** For all tests of a file one Consul behind a front, emptied before each test, and a registrator. */
export function useRegistrator({ acl = false, start, env: common = {} }: Options = {}): Given {
  const clients: Consul[] = [];
  const connect = (token?: string): Consul => {
    const client = consulClient(given.front, token === undefined ? {} : { token });
    clients.push(client);
    return client;
  };
  const given = {
    registrator: (env, token) =>
      partsFor(token === undefined ? given.consul : connect(token), given.world.functions, {
        env: { ...common, ...env },
      }),
    services: async () => {
      const answer = await given.server.ok('GET', '/v1/catalog/node/lambdas');
      return (answer as { Services: Record<string, Record<string, unknown>> } | null)?.Services ?? {};
    },
    watch: (fault = () => undefined) => {
      given.front.requests.length = 0;
      given.front.fault = fault;
    },
    requests: () => given.front.requests.map((request) => request.replace(/\?.*/, '')),
    writes: () => given.requests().filter((request) => !request.startsWith('GET ')),
  } as Given;
  beforeAll(async () => {
    given.server = await (start?.() ?? startProjectConsul({ acl }));
    given.front = await startFaultyFront(given.server);
    given.consul = connect();
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await given.front?.close();
    await given.server?.close();
  });
  beforeEach(async () => {
    given.watch();
    await emptyCatalog(given.server);
    given.world = createTagWorld();
    given.parts = given.registrator({});
  });
  return given;
}
