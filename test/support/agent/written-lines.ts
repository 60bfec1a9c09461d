import type { AppliedChange } from '../../../src/agent/apply/api.ts';
import type { LogLine } from '../program-process.ts';
import { givenTold, startedAt, wellSource } from './told.ts';

const change: Omit<AppliedChange, 'how'> = {
  at: startedAt,
  reason: 'add',
  service: 'web',
  detail: 'added s_a',
};
const measures = { durationMs: 3, kinds: {} };

/** The lines that an agent writes of changes, of a source that just failed, and of one that has failed for a while. */
export async function writtenByAgent(): Promise<LogLine[]> {
  const { records, world, clock, log } = await givenTold();
  for (const how of ['reload', 'runtime', 'rejected', 'rollback'] as const)
    records.onChange({ ...change, how }, measures);
  world.states = [{ ...wellSource, ok: false, failures: 1, error: 'Consul does not answer.' }];
  world.now = startedAt + 32_000;
  await clock.advance(2_000);
  world.now = startedAt + 92_000;
  await clock.advance(60_000);
  return log;
}
