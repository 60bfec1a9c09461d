import { expect, it } from 'vitest';
import { tellStory } from '../../src/sandbox/story/story.ts';
import type { Telling } from '../../src/sandbox/story/telling.ts';
import type { System } from '../../src/sandbox/system/system.ts';
import { emptyReport } from '../support/registrator/reports.ts';

const title = 'The schedule asks for a full sync: tagged functions are services of Consul';

function telling(said: string[]): Telling {
  const note = (...lines: string[]): void => void said.push(...lines);
  return { chapter: note, did: note, saw: note, sawTable: () => {} };
}

/** A system whose registrator finds nothing to do. */
const idle = {
  registrator: {
    sync: () =>
      Promise.resolve({ call: undefined, outcome: { report: emptyReport, before: [], catalog: [] } }),
  },
} as unknown as System;

it('says in which chapter what was expected, and what was seen', async () => {
  const stage = { system: idle, telling: telling([]), signal: new AbortController().signal };
  await expect(tellStory(stage)).rejects.toMatchObject({
    code: 'INTERNAL',
    message:
      `In the chapter "${title}": expected: {"created":9,"skipped":1,"failed":1}; ` +
      'seen: {"created":0,"skipped":0,"failed":0}.',
  });
});

it('tells nothing more once nobody listens', async () => {
  const said: string[] = [];
  const stage = { system: idle, telling: telling(said), signal: AbortSignal.abort() };
  await expect(tellStory(stage)).rejects.toThrow('aborted');
  expect(said).toEqual([]);
});
