import type { Clock } from '../../core/clock.ts';
import { AppError, isAppError, messageOf } from '../../core/errors.ts';
import type { SourceName } from '../model/agent-model.ts';
import type { SourceView } from '../model/merge.ts';
import type { Reading } from '../model/sighting.ts';
import {
  believedBefore,
  type BeliefsConfig,
  type BeliefsParts,
  type ConfiguredListener,
  snapshotFile,
} from './beliefs.ts';
import type { SourceMaker } from './followed-source.ts';
import { Guard } from './guard.ts';
import { sourceMakers } from './makers.ts';

/** Somebody who asks has more patience than an agent that may go on without. */
const leastWaitMs = 10_000;

/**
 * What is believed of all sources after one look at each, from what was believed when the agent ended last. Nothing is written.
 * @throws AppError of the first source that cannot be read within `apply.start_wait`, 10 seconds at least, or ever
 */
export async function readOnce(
  config: BeliefsConfig,
  listener: Pick<ConfiguredListener, 'onSnapshotFailure'>,
  parts: BeliefsParts,
): Promise<readonly SourceView[]> {
  const applied = await believedBefore(snapshotFile(config), listener);
  const stop = new AbortController();
  const readSource = async (maker: SourceMaker): Promise<SourceView> => {
    const waitMs = Math.max(leastWaitMs, config.apply.startWaitMs);
    const reading = await firstReading(maker, waitMs, parts.clock, stop.signal);
    const guard = new Guard(config.guard, parts.clock, applied.get(maker.name));
    guard.take(reading);
    return { source: maker.name, sightings: [...guard.believed.values()], problems: reading.problems };
  };
  try {
    return await Promise.all(sourceMakers(config, parts).map(readSource));
  } finally {
    stop.abort();
  }
}

/** @param signal closes the source */
function firstReading(
  maker: SourceMaker,
  waitMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<Reading> {
  return new Promise((resolve, reject) => {
    let last: unknown = new AppError('UPSTREAM_TIMEOUT', `it tells nothing for ${waitMs} ms`);
    const giveUp = (): void => reject(unreadable(maker.name, last));
    const running = maker.start({
      onReading: resolve,
      onFailure: (error) => {
        last = error;
        if (isAppError(error) && !error.retryable) giveUp();
      },
    });
    const callOff = clock.after(waitMs, giveUp);
    signal.addEventListener('abort', () => {
      callOff();
      running.close();
    });
  });
}

function unreadable(source: SourceName, error: unknown): AppError {
  const code = isAppError(error) ? error.code : 'INTERNAL';
  return new AppError(code, `The source ${source} cannot be read: ${messageOf(error)}`, { cause: error });
}
