import { AppError, messageOf } from '../../core/errors.ts';
import { movedFunction } from './datacenters.ts';
import { drainedServer } from './draining.ts';
import { failingCloud } from './failing-cloud.ts';
import { firstSync } from './first-sync.ts';
import { killedAgent } from './killed-agent.ts';
import { reportedContainers } from './reported-containers.ts';
import { taggedFunction, untaggedFunction } from './tagging.ts';
import type { Stage, Telling } from './telling.ts';

/**
 * Tells what the system does, chapter by chapter, and makes sure that it does.
 * @throws AppError with the chapter's title where something else is seen than expected; the reason of the signal
 */
export async function tellStory(stage: Stage): Promise<void> {
  const { system } = stage;
  const { edge } = system;
  await tell(stage, firstSync);
  await tell(stage, taggedFunction);
  await tell(stage, untaggedFunction);
  if (edge) await tell({ ...stage, edge }, drainedServer);
  await tell(stage, failingCloud);
  if (edge) await tell({ ...stage, edge }, reportedContainers);
  if (edge) await tell({ ...stage, edge }, killedAgent);
  if (system.second) await tell(stage, movedFunction);
  stage.signal.throwIfAborted();
}

async function tell<On extends Stage>(stage: On, chapter: (stage: On) => Promise<void>): Promise<void> {
  stage.signal.throwIfAborted();
  let title = '';
  const telling: Telling = {
    ...stage.telling,
    chapter: (told) => {
      title = told;
      stage.telling.chapter(told);
    },
  };
  try {
    await chapter({ ...stage, telling });
  } catch (cause) {
    stage.signal.throwIfAborted();
    const code = cause instanceof AppError ? cause.code : 'INTERNAL';
    throw new AppError(code, `In the chapter "${title}": ${messageOf(cause)}.`, { cause });
  }
}
