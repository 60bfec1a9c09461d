import { type SourceName, sourceNames } from '../model/agent-model.ts';
import type { SourceView } from '../model/merge.ts';
import type { Sighting } from '../model/sighting.ts';
import type { Beliefs, BeliefsListener } from './api.ts';
import { FollowedSource, type FollowParts, type SourceMaker } from './followed-source.ts';
import type { GuardLimits } from './guard.ts';

/** What is in force of each source already, as after a restart. */
export type Applied = ReadonlyMap<SourceName, readonly Sighting[]>;

export interface FollowedSources extends Beliefs {
  /**
   * Follows these sources from now on, by these limits: those whose settings are the same go on, others are started anew with
   * what is believed of them, and what is known of a source that is not among them is forgotten.
   */
  follow(makers: readonly SourceMaker[], limits: GuardLimits): void;
}

/** Follows sources, each behind a guard of its own, which begins with what is `applied`. */
export function followSources(
  makers: readonly SourceMaker[],
  limits: GuardLimits,
  listener: BeliefsListener,
  { applied = new Map(), ...parts }: FollowParts & { readonly applied?: Applied },
): FollowedSources {
  const sources = new Map<SourceName, FollowedSource>();
  const waiting = new Set<() => void>();
  let views: readonly SourceView[] = [];

  function inOrder(): FollowedSource[] {
    return sourceNames.flatMap((name) => sources.get(name) ?? []);
  }

  /** @returns whether anything is believed otherwise */
  function look(): boolean {
    const now = inOrder().map(({ view }) => view);
    const isSame = now.length === views.length && now.every((view, at) => view === views[at]);
    if (!isSame) views = now;
    return !isSame;
  }

  function isAllHeard(): boolean {
    return inOrder().every(({ isHeard }) => isHeard);
  }

  function tell(): void {
    if (look()) listener.onChange();
    if (isAllHeard()) for (const end of waiting) end();
  }

  function onRead(source: SourceName, error: unknown): void {
    tell();
    listener.onRead(source, error);
  }

  function follow(makers: readonly SourceMaker[], limits: GuardLimits, applied: Applied): void {
    const configured = new Set(makers.map(({ name }) => name));
    for (const [name, source] of sources) {
      if (configured.has(name)) continue;
      source.close();
      sources.delete(name);
    }
    for (const maker of makers) {
      const known = sources.get(maker.name);
      const before = applied.get(maker.name) ?? [];
      if (known === undefined)
        sources.set(maker.name, new FollowedSource(maker, limits, before, onRead, parts));
      else known.follow(maker, limits);
    }
  }

  follow(makers, limits, applied);
  look();
  return {
    views: () => views,
    states: () => inOrder().map((source) => source.state()),
    known: (ms) =>
      new Promise((resolve) => {
        const end = (): void => {
          callOff();
          waiting.delete(end);
          resolve();
        };
        const callOff = parts.clock.after(ms, end);
        if (isAllHeard()) end();
        else waiting.add(end);
      }),
    refresh: () => {
      for (const source of sources.values()) source.refresh();
    },
    follow: (makers, limits) => {
      follow(makers, limits, new Map());
      tell();
    },
    close: () => {
      for (const source of sources.values()) source.close();
    },
  };
}
