import type * as z from 'zod';
import type { Clock } from '../../core/clock.ts';
import type { Deadline } from '../../core/deadline.ts';
import type { Random } from '../../core/random.ts';
import { TokenBucket } from '../../core/token-bucket.ts';
import { createCaller } from '../limited-calls.ts';
import { type Page, readPages } from '../pages.ts';
import { type Ask, createAsk, type Question, reading } from '../transport/ask.ts';
import { readAuthorities } from '../transport/authorities.ts';
import { createConnections } from '../transport/connections.ts';
import { createCredentialSource, type Provide } from '../transport/credentials.ts';
import { regionalEndpoint } from '../transport/endpoints.ts';
import { createJsonApi } from '../transport/json-api.ts';
import { provideDefault } from '../transport/providers.ts';
import {
  discoveredInstances,
  healthPage,
  instancePage,
  namespacePage,
  revisionIn,
  servicePage,
} from './answers.ts';
import type { CloudMap, Discovered, ServiceAddress } from './api.ts';

export interface CloudMapOptions {
  readonly region: string;
  /** URL without a slash at the end; the region's own without it. */
  readonly endpoint?: string | undefined;
  readonly clock: Clock;
  /** Gives numbers in [0, 1) for the waits between attempts. */
  readonly random: Random;
  /** File of certificate authorities in PEM to trust in place of Node's, as AWS_CA_BUNDLE names one. */
  readonly caFile?: string | undefined;
  /** Gives the caller's credentials; found as the SDK does by default. */
  readonly credentials?: Provide;
  /** Milliseconds since 1970, for signatures and the ends of credentials. */
  readonly now?: () => number;
}

/**
 * Calls in a second once the burst is spent. An account may discover 1,000 times a second, and 2,000 times at once
 * (https://docs.aws.amazon.com/cloud-map/latest/dg/throttling.html): half of it is left to others. What it may list is
 * told nowhere.
 */
const discoveryRate = { perSecond: 500, burst: 1_000 };
const listRate = { perSecond: 50, burst: 100 };

/** As many as one answer may hold. */
const listSize = 100;
const discoverSize = 1_000;

/**
 * AWS Cloud Map in one region.
 * @throws AppError CONFIG_INVALID when `caFile` cannot be read or holds no certificates
 */
export async function createCloudMap(options: CloudMapOptions): Promise<CloudMap> {
  const { caFile, credentials = provideDefault('servicediscovery:ListNamespaces'), now = Date.now } = options;
  const connections = createConnections(caFile === undefined ? undefined : await readAuthorities(caFile));
  const parts = { connections, credentials: createCredentialSource(credentials, now), now };
  const endpoints = cloudMapEndpoints(options.region, options.endpoint);
  const askAt = (endpoint: string, rate: typeof listRate): Ask => {
    const service = {
      service: 'servicediscovery',
      targetPrefix: 'Route53AutoNaming_v20170314',
      region: options.region,
      endpoint,
      isOwn: options.endpoint === undefined,
    };
    const bucket = new TokenBucket(options.clock, rate.perSecond, rate.burst);
    return createAsk(createJsonApi(service, parts), 'servicediscovery', createCaller(options.random, bucket));
  };
  return {
    ...createLists(askAt(endpoints.lists, listRate)),
    ...createDiscovery(askAt(endpoints.discovery, discoveryRate)),
    close: () => connections.close(),
  };
}

/**
 * Where lists are asked for, and where instances are discovered: at a host of its own, which no other endpoint has
 * (https://docs.aws.amazon.com/general/latest/gr/cloud_map.html).
 */
export function cloudMapEndpoints(
  region: string,
  endpoint: string | undefined,
): { lists: string; discovery: string } {
  if (endpoint !== undefined) return { lists: endpoint, discovery: endpoint };
  return {
    lists: regionalEndpoint('servicediscovery', region),
    discovery: regionalEndpoint('data-servicediscovery', region),
  };
}

type Lists = Pick<CloudMap, 'namespaces' | 'services' | 'instances' | 'healthOf'>;

function createLists(ask: Ask): Lists {
  /** All pages, past empty ones: filters are applied to a page once it was cut. */
  async function all<Item>(
    { input, ...question }: Question,
    page: z.ZodType<Page<Item>>,
    deadline: Deadline,
  ): Promise<Item[]> {
    const { items, failure } = await readPages<Item>((NextToken) => {
      const asked = { ...question, input: { ...input, MaxResults: listSize, NextToken } };
      return ask(asked, reading(page), deadline);
    });
    if (failure) throw failure;
    return items;
  }

  return {
    namespaces: (deadline) => all({ operation: 'ListNamespaces', input: {} }, namespacePage, deadline),
    services: async (namespace, deadline) => {
      const Filters = [{ Name: 'NAMESPACE_ID', Values: [namespace], Condition: 'EQ' }];
      const question = { operation: 'ListServices', resource: namespace, input: { Filters } };
      const services = await all(question, servicePage, deadline);
      return services.filter(({ namespaceId }) => namespaceId === undefined || namespaceId === namespace);
    },
    instances: (service, deadline) => {
      const question = { operation: 'ListInstances', resource: service, input: { ServiceId: service } };
      return all(question, instancePage, deadline);
    },
    healthOf: async (service, deadline) => {
      const operation = 'GetInstancesHealthStatus';
      const question = { operation, resource: service, input: { ServiceId: service } };
      return new Map(await all(question, healthPage, deadline));
    },
  };
}

function createDiscovery(ask: Ask): Pick<CloudMap, 'discover' | 'revision'> {
  function question(
    operation: string,
    { namespace, service, owner }: ServiceAddress,
    more: object,
  ): Question {
    const input = { NamespaceName: namespace, ServiceName: service, OwnerAccount: owner, ...more };
    return { operation, resource: `${service} in ${namespace}`, input };
  }
  return {
    discover: (address, deadline) => {
      const all = { MaxResults: discoverSize, HealthStatus: 'ALL' };
      return ask(question('DiscoverInstances', address, all), readDiscovered, deadline);
    },
    revision: (address, deadline) =>
      ask(question('DiscoverInstancesRevision', address, {}), revisionIn, deadline),
  };
}

function readDiscovered(json: string): Discovered | undefined {
  const instances = reading(discoveredInstances)(json);
  if (instances === undefined) return undefined;
  // No answer has a token, and some endpoints give a hundred whatever they are asked for.
  const mayBeCut = instances.length >= discoverSize || instances.length === listSize;
  return { instances, revision: revisionIn(json), mayBeCut };
}
