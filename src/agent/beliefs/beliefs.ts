import { join } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import type { Random } from '../../core/random.ts';
import type { AgentConfig } from '../config.ts';
import type { Beliefs, BeliefsListener } from './api.ts';
import { FollowedSources } from './followed-sources.ts';
import { sourceMakers } from './makers.ts';
import { emptySnapshot, readSnapshot, type Snapshot, writeSnapshot } from './snapshot.ts';
import { createPacedWriter } from './paced-writer.ts';

/** What of the configuration says what is believed. */
export type BeliefsConfig = Pick<AgentConfig, 'sources' | 'lambda' | 'guard' | 'apply' | 'haproxy'>;

/** What a configuration's sources tell, as long as it counts. */
export interface ConfiguredBeliefs extends Omit<Beliefs, 'close'> {
  /** Whether it was known at the start what had been believed before. */
  readonly remembers: boolean;
  /**
   * Another configuration counts from now on: what it has in common with the one before goes on and is read anew, and what a
   * source told that it does not name any more is forgotten at once. The folder of the snapshot stays.
   */
  follow(config: BeliefsConfig): void;
  /** Ends all sources. Resolves when what is believed is written down. */
  close(): Promise<void>;
}

export interface ConfiguredListener extends BeliefsListener {
  /** What is believed cannot be written down or read back; everything else goes on. */
  onSnapshotFailure(error: unknown): void;
}

export interface BeliefsParts {
  readonly clock: Clock;
  readonly random: Random;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * Follows the sources of a configuration, from what was believed when the agent ended last. What is believed is written down
 * as it changes, unless nothing is applied.
 */
export async function startBeliefs(
  config: BeliefsConfig,
  listener: ConfiguredListener,
  parts: BeliefsParts,
): Promise<ConfiguredBeliefs> {
  const file = snapshotFile(config);
  const applied = await believedBefore(file, listener);
  let { mode } = config.apply;
  const writer = createPacedWriter(
    () => writeSnapshot(file, sources.views()),
    (error) => listener.onSnapshotFailure(error),
    parts.clock,
  );
  const heard: BeliefsListener = {
    onChange: () => {
      if (mode === 'on') writer.changed();
      listener.onChange();
    },
    onRead: (source, error) => listener.onRead(source, error),
  };
  const sources = new FollowedSources(sourceMakers(config, parts), config.guard, applied, heard, parts);
  return {
    remembers: applied.size > 0,
    views: () => sources.views(),
    states: () => sources.states(),
    known: (ms) => sources.known(ms),
    refresh: () => sources.refresh(),
    follow: (next) => {
      ({ mode } = next.apply);
      sources.follow(sourceMakers(next, parts), next.guard);
    },
    close: async () => {
      sources.close();
      await writer.close();
    },
  };
}

/** What was believed when the agent ended last; nothing, where that cannot be known. */
export async function believedBefore(
  file: string,
  { onSnapshotFailure }: Pick<ConfiguredListener, 'onSnapshotFailure'>,
): Promise<Snapshot> {
  try {
    return await readSnapshot(file);
  } catch (error) {
    onSnapshotFailure(error);
    return emptySnapshot;
  }
}

export function snapshotFile({ haproxy }: Pick<AgentConfig, 'haproxy'>): string {
  return join(haproxy.dir, 'snapshot.json');
}
