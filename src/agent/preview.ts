import { systemClock } from '../core/clock.ts';
import { AppError, messageOf } from '../core/errors.ts';
import { systemRandom } from '../core/random.ts';
import { render } from '../haproxy/render.ts';
import { layoutOf } from '../haproxy/running/layout.ts';
import { requireHaproxy } from '../haproxy-process/check.ts';
import { readConfiguration } from '../haproxy-process/config-file.ts';
import { filesIn } from './apply/options.ts';
import { readOnce } from './beliefs/read-once.ts';
import type { AgentConfig } from './config.ts';
import { readConfigFile, type ToldBy } from './config-file.ts';
import { type Diff, diffBetween } from './diff.ts';
import type { AgentModel } from './model/agent-model.ts';
import type { SourceView } from './model/merge.ts';

import { createDesire } from './serving.ts';
import { readSurroundings } from './surroundings/read.ts';

/** Takes what an operator should know besides, a line each. */
type Note = (text: string) => void;

/**
 * What an agent would serve, as one file that stands alone; every source is read once, and nothing is written.
 * @throws AppError FILE_UNREADABLE, CONFIG_INVALID, or that of a source that cannot be read
 */
export async function previewFile(toldBy: ToldBy, note: Note): Promise<string> {
  const { config, views } = await look(toldBy, note);
  const { around } = await readSurroundings(config, false);
  const { model, configuration } = createDesire(config, around)(views);
  tellTroubles(model, note);
  return render(configuration);
}

/**
 * What an agent would change in the HAProxy of its folder; every source is read once, and nothing is written.
 * @throws AppError as {@link previewFile}; NOT_FOUND without a HAProxy
 */
export async function previewDiff(toldBy: ToldBy, note: Note): Promise<Diff> {
  const { config, views } = await look(toldBy, note);
  const { dir, config: target, socket, bin } = config.haproxy;
  const { map, states } = filesIn(dir);
  const { around } = await readSurroundings(config, false);
  const { model, configuration } = createDesire(config, around, { socket, stateFile: states })(views);
  tellTroubles(model, note);
  const [applied = '', entries = ''] = [await readConfiguration(target), await readConfiguration(map)];
  return diffBetween(
    { config: applied, map: entries },
    layoutOf(configuration, map),
    await requireHaproxy(bin),
  );
}

const answeredByRegistry =
  "push.apply: the registry's answer is the configuration, so that there is none before it is asked. Ask it, as by `registry push`.";

/** @throws AppError FILE_UNREADABLE, CONFIG_INVALID, or that of a source that cannot be read */
async function look(
  toldBy: ToldBy,
  note: Note,
): Promise<{ config: AgentConfig; views: readonly SourceView[] }> {
  const { config, warnings } = await readConfigFile(toldBy);
  if (config.push?.apply === true) throw new AppError('CONFIG_INVALID', answeredByRegistry);
  for (const warning of warnings) note(`warning: ${warning}`);
  const onSnapshotFailure = (error: unknown): void => note(`warning: ${messageOf(error)}`);
  const parts = { clock: systemClock, random: systemRandom, now: Date.now };
  const views = await readOnce(config, { onSnapshotFailure }, parts);
  return { config, views };
}

function tellTroubles({ conflicts, problems }: AgentModel, note: Note): void {
  for (const { host = '', path = '', winner, losers } of conflicts)
    note(`conflict: ${host}${path} is ${winner}'s, and not ${losers.join(', ')}'s`);
  for (const { source, service, instance, message } of problems)
    note(
      `problem: ${[source, service, instance].filter((word) => word !== undefined).join(' ')}: ${message}`,
    );
}
