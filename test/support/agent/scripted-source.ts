import type { SourceMaker } from '../../../src/agent/beliefs/followed-source.ts';
import type { SourceName } from '../../../src/agent/model/agent-model.ts';
import type { Reading, Sighting, SourceListener } from '../../../src/agent/model/sighting.ts';
import { reading } from './sightings.ts';

/** A source that tells what a test has it tell. */
export interface ScriptedSource extends SourceMaker {
  /** How often it was started, asked to look again, and closed. */
  readonly counts: { started: number; refreshed: number; closed: number };
  /** What it tells whenever it is asked to look again; undefined for nothing. */
  answer: (() => Reading) | undefined;
  tells(sightings: readonly Sighting[], parts?: Partial<Reading>): void;
  fails(message?: string): void;
}

export function scriptedSource(name: SourceName, identity = 'settings'): ScriptedSource {
  let listener: SourceListener | undefined;
  const source: ScriptedSource = {
    name,
    identity,
    counts: { started: 0, refreshed: 0, closed: 0 },
    answer: undefined,
    start: (heard) => {
      listener = heard;
      source.counts.started += 1;
      return {
        refresh: () => {
          source.counts.refreshed += 1;
          if (source.answer) heard.onReading(source.answer());
        },
        close: () => void (source.counts.closed += 1),
      };
    },
    tells: (sightings, parts) => listener?.onReading(reading(sightings, parts)),
    fails: (message = 'it is away') => listener?.onFailure(new Error(message)),
  };
  return source;
}
