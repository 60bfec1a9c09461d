import { beforeEach, expect, it } from 'vitest';
import { createPacedWriter, type PacedWriter } from '../../../src/agent/beliefs/paced-writer.ts';
import { createManualClock, type ManualClock } from '../../support/clock/manual-clock.ts';

let clock: ManualClock;
let writer: PacedWriter;
/** What is written, and what there is to write. */
let written: string[];
let content: string;
let trouble: Error | undefined;
const failures: unknown[] = [];

beforeEach(() => {
  clock = createManualClock();
  written = [];
  failures.length = 0;
  trouble = undefined;
  writer = createPacedWriter(
    async () => {
      const text = content;
      await clock.sleep(100);
      if (trouble) throw trouble;
      written.push(text);
    },
    (error) => failures.push(error),
    clock,
  );
});

function change(text: string): void {
  content = text;
  writer.changed();
}

it('writes at once, and then once for all that came in twenty times as long', async () => {
  change('a');
  await clock.advance(100);
  expect(written).toEqual(['a']);
  for (const text of ['b', 'c', 'd']) change(text);
  await clock.advance(1999);
  expect(written).toEqual(['a']);
  await clock.advance(101);
  expect(written).toEqual(['a', 'd']);
  await clock.advance(100_000);
  expect(written).toEqual(['a', 'd']);
});

it('writes again what changes while it writes', async () => {
  change('a');
  await clock.advance(50);
  change('b');
  await clock.advance(2150);
  expect(written).toEqual(['a', 'b']);
});

it('writes what is left at the end, and nothing twice', async () => {
  change('a');
  await clock.advance(100);
  change('b');
  const end = writer.close();
  await clock.advance(100);
  await end;
  expect(written).toEqual(['a', 'b']);
  await writer.close();
  expect(written).toEqual(['a', 'b']);
});

it('waits at the end for what is being written', async () => {
  change('a');
  const end = writer.close();
  await clock.advance(100);
  await end;
  expect(written).toEqual(['a']);
});

it('tells what could not be written, and tries again', async () => {
  trouble = new Error('no space');
  change('a');
  await clock.advance(100);
  expect([failures, written]).toEqual([[trouble], []]);
  trouble = undefined;
  await clock.advance(30_000);
  await clock.advance(100);
  expect([failures.length, written]).toEqual([1, ['a']]);
});
