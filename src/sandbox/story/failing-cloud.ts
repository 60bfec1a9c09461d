import { systemClock } from '../../core/clock.ts';
import type { System } from '../system/system.ts';
import { ensure, secondsSince, type Stage, tellChange } from './telling.ts';

const mostSyncs = 30;

/** Calls to AWS fail, and tags arrive all the same. */
export async function failingCloud(stage: Stage): Promise<void> {
  const { telling, system } = stage;
  const { faults, functions } = system;
  telling.chapter('AWS throttles and drops calls: tags arrive all the same');
  faults.set({ throttle: 30, drop: 5 });
  telling.did('lambda-registrator sandbox faults throttle=30 drop=5');
  for (const name of ['reports', 'thumbnails']) {
    const begun = systemClock.now();
    await functions.tag(name, { enabled: 'true' });
    telling.did(`lambda-registrator sandbox tag ${name}`);
    await tellChange(stage, `+ ${name}`, () => `${secondsSince(begun)} after the tag`);
  }
  await syncUntilOneFails(system);
  const { calls, failed } = faults.count();
  ensure(failed > 0, 'calls that failed', { calls, failed });
  telling.saw(`${failed} of ${calls} calls failed, and a full sync finds nothing to change`);
  faults.set({});
  telling.did('lambda-registrator sandbox faults off');
}

/** Looks at everything, more than once where no call has failed yet; all is as it should be. */
async function syncUntilOneFails({ faults, registrator }: System): Promise<void> {
  let syncs = 0;
  do {
    const { outcome } = await registrator.sync();
    if (outcome instanceof Error) throw outcome;
    ensure(outcome.report.changes.length === 0, 'nothing left to change', outcome.report.changes);
    syncs += 1;
  } while (faults.count().failed === 0 && syncs < mostSyncs);
}
