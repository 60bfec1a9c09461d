import type { CatalogService, ServiceBody, ServiceDefaults } from '../../../src/consul/api.ts';
import type { LambdaService } from '../../../src/lambda-service/service.ts';
import type { DefaultsEntry, ServiceDefaultsFormat } from '../../../src/lambda-service/service-defaults.ts';
import { diffPair } from '../../../src/registrator/model/change.ts';
import type { Pair } from '../../../src/registrator/model/ownership.ts';
import type { Snapshot } from '../../../src/registrator/model/snapshot.ts';
import type { Plan } from '../../../src/registrator/plan/plan.ts';
import { agentsPlace, type Place } from '../../../src/lambda-service/place.ts';
import { type Key, keyOf, nameOf } from '../../../src/registrator/model/key.ts';
import { atHome } from '../../../src/registrator/model/territory.ts';
import { fullArn, scope } from './fixtures.ts';

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
export function applied(snapshot: Snapshot, plan: Plan, home: Place = agentsPlace): Snapshot {
  const pairs = new Map(snapshot.observed.pairs);
  const put = (key: Key, place: Place, halves: Partial<Pick<Pair, 'service' | 'defaults'>>): void => {
    pairs.set(key, { ...(pairs.get(key) ?? { place, namesakes: [] }), ...halves });
  };
  const keep = (key: Key, { place, namesakes, service, defaults }: Pair): void => {
    if (service === undefined && defaults === undefined) pairs.delete(key);
    else pairs.set(key, { place, namesakes, ...(service && { service }), ...(defaults && { defaults }) });
  };
  const take = (key: Key, half: 'service' | 'defaults'): void => {
    const { service, defaults, ...others } = pairs.get(key) ?? { place: home, namesakes: [] };
    keep(key, { ...others, ...(half === 'defaults' ? service && { service } : defaults && { defaults }) });
  };
  for (const { key, place, writes } of plan.upserts) {
    const at = atHome({ home }, place);
    if (writes.service) put(key, place, { service: storedService(writes.service) });
    if (writes.defaults) put(keyOf(at, nameOf(key)), at, { defaults: storedDefaults(writes.defaults) });
  }
  for (const { key, place, dropsDefaults } of plan.deletions) {
    take(key, 'service');
    if (dropsDefaults) take(keyOf(atHome({ home }, place), nameOf(key)), 'defaults');
  }
  return { ...snapshot, observed: { ...snapshot.observed, pairs } };
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
