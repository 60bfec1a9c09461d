import type { CatalogService, ServiceBody, ServiceDefaults } from '../../src/consul/api.ts';
import type { LambdaService } from '../../src/lambda-service/service.ts';
import type { DefaultsEntry, ServiceDefaultsFormat } from '../../src/lambda-service/service-defaults.ts';
import { type Change, diffPair } from '../../src/registrator/model/change.ts';
import { ownsDefaults, type Pair } from '../../src/registrator/model/ownership.ts';
import type { Plan, World } from '../../src/registrator/plan/plan.ts';
import { fullArn, scope } from './plan-fixtures.ts';

/** What a registrator of ours writes for a function (`pay`) or an alias (`pay:prod`) whose name is free. */
export function newPair(
  name: string,
  short: string,
  owner: string = scope.ownerId,
  format: ServiceDefaultsFormat = 'envoy-extension',
): { service: ServiceBody; defaults: DefaultsEntry } {
  const wanted: LambdaService = {
    name,
    arn: fullArn(short),
    payloadPassthrough: false,
    invocationMode: 'synchronous',
    tags: [],
  };
  const { service, defaults } = diffPair({ namesakes: [] }, wanted, owner, format);
  if (service === undefined || defaults === undefined) throw new Error('a new pair is written whole');
  return { service, defaults };
}

/** A pair of {@link newPair} as Consul then holds it. */
export function registeredPair(...pair: Parameters<typeof newPair>): {
  service: CatalogService;
  defaults: ServiceDefaults;
} {
  const { service, defaults } = newPair(...pair);
  return { service: storedService(service), defaults: storedDefaults(defaults) };
}

/** The world after a plan was applied and no other writer was about. */
export function applied(world: World, plan: Plan): World {
  const pairs = new Map(world.observed.pairs);
  for (const change of plan.upserts) pairs.set(change.key, written(change));
  for (const { key, pair } of plan.deletions) {
    const { defaults } = pair;
    if (defaults && !ownsDefaults(defaults, scope)) pairs.set(key, { namesakes: [], defaults });
    else pairs.delete(key);
  }
  return { ...world, observed: { ...world.observed, pairs } };
}

function written({ pair, service, defaults }: Change): Pair {
  return {
    ...pair,
    ...(service === undefined ? {} : { service: storedService(service) }),
    ...(defaults === undefined ? {} : { defaults: storedDefaults(defaults) }),
  };
}

function storedService(service: ServiceBody): CatalogService {
  return { Address: '', Port: 0, Weights: { Passing: 1, Warning: 1 }, ...service, ModifyIndex: 7 };
}

/** Consul answers with defaults, indexes and a hash beside what was written, and with the protocol in lower case. */
function storedDefaults(entry: DefaultsEntry): ServiceDefaults {
  const { EnvoyExtensions: extensions, Protocol = '', ...others } = entry;
  const stored = (extensions ?? []).map((extension) =>
    Object.assign({ ConsulVersion: '', EnvoyVersion: '' }, extension),
  );
  return {
    TransparentProxy: {},
    MeshGateway: {},
    Expose: {},
    ...others,
    Protocol: Protocol.toLowerCase(),
    ...(stored.length === 0 ? {} : { EnvoyExtensions: stored }),
    Hash: 1_234_567,
    CreateIndex: 7,
    ModifyIndex: 7,
  };
}
