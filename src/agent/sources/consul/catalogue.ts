import type { Deadline } from '../../../core/deadline.ts';
import type { TokenBucket } from '../../../core/token-bucket.ts';
import type { Check, Checks, Nodes } from '../../../consul/api.ts';
import type { Catalog } from '../../../consul/catalog.ts';
import type { Health } from '../../../consul/health.ts';
import { watch, type WatchOptions, watchReads } from '../../../consul/watch.ts';
import { nameKey, type Place } from '../../../lambda-service/place.ts';
import { NodeTable } from './nodes.ts';
import { stopSignal } from './watches.ts';

export interface CatalogueOptions extends Omit<WatchOptions, 'signal'> {
  place: Place;
  stale: boolean;
  /** Nodes that are read at one time, and how many in a second. */
  atOnce: number;
  pace: TokenBucket;
}

/** Who hears of changes, and of how the watches fare. */
export interface CatalogueListener {
  /** Services that are followed. */
  services: () => readonly string[];
  /** Services that must be read: all at first, and then those that changed. */
  onChanged: (services: readonly string[]) => void;
  onAnswer: (watched: 'nodes' | 'checks') => void;
  onFailure: (watched: 'nodes' | 'checks', error: unknown) => void;
}

/** Finds out which services changed, where they are too many to wait for each. */
export interface Catalogue {
  /**
   * After the catalog has changed: which services must be read, those that `appeared` among them.
   * @returns none before all services are told to be read
   */
  changed(appeared: readonly string[], deadline: Deadline): Promise<readonly string[]>;
  close(): void;
}

/**
 * Follows the nodes and the checks of a place until it is closed. Consul tells with one index that something
 * changed, but not what: nodes list the version of each of their services, and checks name theirs.
 */
export function followCatalogue(
  consul: Pick<Catalog, 'nodes' | 'nodeServices'> & Pick<Health, 'checks'>,
  { services, onChanged, onAnswer, onFailure }: CatalogueListener,
  options: CatalogueOptions,
): Catalogue {
  const { place, stale, atOnce, pace } = options;
  const stop = stopSignal();
  const watched = { ...options, signal: stop.signal };
  const read = async (node: string, deadline: Deadline) => {
    await pace.take(deadline.signal);
    return (await consul.nodeServices(place, node, deadline)).services;
  };
  const nodes = new NodeTable({ read, atOnce, services });
  let checks: ReadonlyMap<string, Check> | undefined;
  let isKnown = false;

  function tell(changed: readonly string[]): true {
    if (!nodes.isKnown || checks === undefined) return true;
    onChanged(isKnown ? changed : services());
    isKnown = true;
    return true;
  }

  function onChecks(answer: Checks): true {
    const now = byNodeAndId(answer.checks);
    const changed = differences(checks ?? now, now).flatMap(({ Node, ServiceName }) =>
      ServiceName === '' ? nodes.servicesOn(Node) : [nameKey(ServiceName)],
    );
    checks = now;
    return tell(changed);
  }

  void watch<Nodes>(
    {
      read: watchReads((deadline, reading) => consul.nodes(place, deadline, reading), stale),
      isAlsoNews: () => true,
      onNews: async (answer, deadline) => tell(await nodes.take(answer.nodes, deadline)),
      onAnswer: () => onAnswer('nodes'),
      onFailure: (error) => onFailure('nodes', error),
    },
    watched,
  );
  void watch<Checks>(
    {
      read: watchReads((deadline, reading) => consul.checks(place, deadline, reading), stale),
      isAlsoNews: () => true,
      onNews: onChecks,
      onAnswer: () => onAnswer('checks'),
      onFailure: (error) => onFailure('checks', error),
    },
    watched,
  );
  return {
    changed: async (appeared, deadline) => (isKnown ? [...appeared, ...(await nodes.look(deadline))] : []),
    close: () => stop.abort(),
  };
}

function byNodeAndId(checks: readonly Check[]): ReadonlyMap<string, Check> {
  return new Map(checks.map((check) => [JSON.stringify([check.Node, check.CheckID]), check]));
}

/** Checks of either side that are missing on the other, or have another status or service there. */
function differences(before: ReadonlyMap<string, Check>, now: ReadonlyMap<string, Check>): Check[] {
  return [...new Set([...before.keys(), ...now.keys()])].flatMap((key) => {
    const [was, is] = [before.get(key), now.get(key)];
    if (was?.Status === is?.Status && was?.ServiceName === is?.ServiceName) return [];
    return [was, is].filter((check) => check !== undefined);
  });
}
