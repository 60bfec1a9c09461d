import type { CatalogService, ServiceBody, ServiceDefaults } from '../../src/consul/api.ts';
import type { LambdaService } from '../../src/lambda-service/service.ts';
import type { DefaultsEntry, ServiceDefaultsFormat } from '../../src/lambda-service/service-defaults.ts';
import { type Change, diffPair } from '../../src/registrator/model/change.ts';
import type { Pair } from '../../src/registrator/model/ownership.ts';
import type { Snapshot } from '../../src/registrator/model/snapshot.ts';
import type { Plan } from '../../src/registrator/plan/plan.ts';
import { agentsPlace } from '../../src/lambda-service/place.ts';
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
  const { writes } = diffPair({ place: agentsPlace, namesakes: [] }, wanted, { ownerId: owner, format });
  const { service, defaults } = writes;
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

/** What is seen after a plan was applied and no other writer was about. */
export function applied(snapshot: Snapshot, plan: Plan): Snapshot {
  const pairs = new Map(snapshot.observed.pairs);
  for (const change of plan.upserts) pairs.set(change.key, written(change));
  for (const { key, place, pair, dropsDefaults } of plan.deletions) {
    const { defaults } = pair;
    if (defaults && !dropsDefaults) pairs.set(key, { place, namesakes: [], defaults });
    else pairs.delete(key);
  }
  return { ...snapshot, observed: { ...snapshot.observed, pairs } };
}

function written({ pair, writes: { service, defaults } }: Change): Pair {
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
