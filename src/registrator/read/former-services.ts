import { mapConcurrent } from '../../core/concurrency.ts';
import { nameKey } from '../../lambda-service/place.ts';
import { metaKeys } from '../../lambda-service/service.ts';
import { type Key, keyOf, nodeKey } from '../model/key.ts';
import { type FormerService, inScope, type Pair, type Scope } from '../model/ownership.ts';
import type { Observed } from '../model/snapshot.ts';
import type { Run } from '../run.ts';

const readsInFlight = 8;

/**
 * What was observed, with the services that previous owners keep on other nodes: found by service-defaults with their mark,
 * which goes last, so that a run which dies half-way is followed by one that finds the rest.
 * @throws AppError when Consul cannot be read
 */
export async function withFormerServices(run: Run, observed: Observed): Promise<Observed> {
  const { scope } = run;
  if (scope.previousOwnerIds.length === 0) return observed;
  const marked = [...observed.pairs].filter(([, { defaults }]) => isFormerMark(defaults?.Meta, scope));
  const nodes = await formerNodes(run, marked);
  const pairs = new Map(observed.pairs);
  for (const [key, former] of await servicesOn(run, nodes)) {
    const pair = pairs.get(key);
    if (pair) pairs.set(key, { ...pair, former });
  }
  return { ...observed, pairs };
}

/** Nodes other than ours that carry services of previous owners under these names; each node is found once. */
async function formerNodes(run: Run, marked: readonly [Key, Pair][]): Promise<Map<string, FormerNode>> {
  const { consul, config, scope, deadline } = run;
  const found = new Map<string, FormerNode>();
  await mapConcurrent(marked, readsInFlight, async ([, { place, defaults }]) => {
    const { instances } = await consul.serviceInstances(place, defaults?.Name ?? '', deadline);
    for (const { Node: node, ServiceMeta } of instances) {
      if (nameKey(node) === nameKey(config.nodeName) || !isFormerMark(ServiceMeta, scope)) continue;
      found.set(`${nodeKey(place)}/${nameKey(node)}`, { node, place });
    }
  });
  return found;
}

interface FormerNode {
  node: string;
  place: Pair['place'];
}

async function servicesOn(
  { consul, scope, deadline }: Run,
  nodes: ReadonlyMap<string, FormerNode>,
): Promise<Map<Key, FormerService[]>> {
  const byKey = new Map<Key, FormerService[]>();
  await mapConcurrent([...nodes.values()], readsInFlight, async ({ node, place }) => {
    const { services } = await consul.nodeServices(place, node, deadline);
    for (const service of services) {
      const arn = service.Meta?.[metaKeys.arn];
      if (!isFormerMark(service.Meta, scope) || arn === undefined || !inScope(arn, scope)) continue;
      const key = keyOf(place, service.Service);
      byKey.set(key, [...(byKey.get(key) ?? []), { node, service }]);
    }
  });
  return byKey;
}

function isFormerMark(
  meta: Readonly<Record<string, string>> | null | undefined,
  { previousOwnerIds }: Scope,
): boolean {
  const mark = meta?.[metaKeys.owner];
  return mark !== undefined && previousOwnerIds.includes(mark);
}
