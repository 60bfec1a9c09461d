import { type SourceName, sourceNames } from '../model/agent-model.ts';
import type { SourceView } from '../model/merge.ts';
import type { Beliefs, BeliefsListener, SourceState } from './api.ts';
import { FollowedSource, type FollowParts, type SourceMaker } from './followed-source.ts';
import type { GuardLimits } from './guard.ts';
import { emptySnapshot, type Snapshot } from './snapshot.ts';

/** Sources that are followed, each behind a guard of its own. */
export class FollowedSources implements Beliefs {
  readonly #listener: BeliefsListener;
  readonly #parts: FollowParts;
  readonly #sources = new Map<SourceName, FollowedSource>();
  /** Those who wait until every source is heard. */
  readonly #waiting = new Set<() => void>();
  #views: readonly SourceView[] = [];

  /**
   * Nothing is told before this returns.
   * @param applied what is in force of each source already, as after a restart
   */
  constructor(
    makers: readonly SourceMaker[],
    limits: GuardLimits,
    applied: Snapshot,
    listener: BeliefsListener,
    parts: FollowParts,
  ) {
    this.#listener = listener;
    this.#parts = parts;
    this.#start(makers, limits, applied);
    this.#look();
  }

  views(): readonly SourceView[] {
    return this.#views;
  }

  states(): readonly SourceState[] {
    return this.#inOrder().map((source) => source.state());
  }

  known(ms: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        callOff();
        this.#waiting.delete(end);
        resolve();
      };
      const callOff = ms === undefined ? () => {} : this.#parts.clock.after(ms, end);
      if (this.#haveAnswered()) end();
      else this.#waiting.add(end);
    });
  }

  refresh(): void {
    for (const source of this.#sources.values()) source.refresh();
  }

  /**
   * Follows these sources from now on, by these limits: those whose settings are the same go on, others are started anew with
   * what is believed of them, and what is known of a source that is not among them is forgotten.
   */
  follow(makers: readonly SourceMaker[], limits: GuardLimits): void {
    const configured = new Set(makers.map(({ name }) => name));
    for (const [name, source] of this.#sources) {
      if (configured.has(name)) continue;
      source.close();
      this.#sources.delete(name);
    }
    for (const maker of makers) this.#sources.get(maker.name)?.follow(maker, limits);
    this.#start(
      makers.filter(({ name }) => !this.#sources.has(name)),
      limits,
    );
    this.#tell();
  }

  close(): void {
    for (const source of this.#sources.values()) source.close();
  }

  #start(makers: readonly SourceMaker[], limits: GuardLimits, applied: Snapshot = emptySnapshot): void {
    const onRead = (source: SourceName, error: unknown): void => {
      this.#tell();
      this.#listener.onRead(source, error);
    };
    for (const maker of makers) {
      const before = applied.get(maker.name) ?? [];
      this.#sources.set(maker.name, new FollowedSource(maker, limits, before, onRead, this.#parts));
    }
  }

  #inOrder(): FollowedSource[] {
    return sourceNames.flatMap((name) => this.#sources.get(name) ?? []);
  }

  #haveAnswered(): boolean {
    return this.#inOrder().every(({ hasAnswered }) => hasAnswered);
  }

  /** @returns whether anything is believed otherwise */
  #look(): boolean {
    const now = this.#inOrder().map(({ view }) => view);
    const before = this.#views;
    const isSame = now.length === before.length && now.every((view, at) => view === before[at]);
    if (!isSame) this.#views = now;
    return !isSame;
  }

  #tell(): void {
    if (this.#look()) this.#listener.onChange();
    if (this.#haveAnswered()) for (const end of this.#waiting) end();
  }
}
