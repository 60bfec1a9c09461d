import { metaKeys } from '../../lambda-service/service.ts';
import { type LinkChange, writeLinks } from '../gateways/links.ts';
import type { Change } from '../model/change.ts';
import type { Run } from '../run.ts';
import type { Outcomes } from './outcomes.ts';

/** Makes terminating gateways list services that have been written: one write a gateway. */
export async function link(run: Run, outcomes: Outcomes, changes: readonly Change[]): Promise<void> {
  await relink(run, outcomes, changes, 'linked');
}

/** Makes terminating gateways cease to list services, before their Meta or they themselves go: one write a gateway. */
export async function unlink(run: Run, outcomes: Outcomes, changes: readonly Change[]): Promise<void> {
  await relink(run, outcomes, changes, 'unlinked');
}

/** The change of a service whose link may not be removed: its Meta goes on to say that the link is ours. */
export function keepingLink(change: Change): Change {
  const { writes, pair } = change;
  const gateway = pair.service?.Meta?.[metaKeys.gateway];
  if (writes.service === undefined || gateway === undefined) return change;
  const Meta = { ...writes.service.Meta, [metaKeys.gateway]: gateway };
  return { ...change, writes: { ...writes, service: { ...writes.service, Meta } } };
}

interface ChangedLink extends LinkChange {
  change: Change;
}

async function relink(
  run: Run,
  outcomes: Outcomes,
  changes: readonly Change[],
  want: LinkChange['want'],
): Promise<void> {
  const links = changes.flatMap((change): ChangedLink[] => {
    const gateway = want === 'linked' ? change.relink?.add : change.relink?.remove;
    const isDue = gateway !== undefined && outcomes.deniedGateway(change) === undefined;
    return isDue && change.relink ? [{ change, gateway, link: change.relink.link, want }] : [];
  });
  if (links.length === 0) return;
  for (const { change, outcome } of await writeLinks(run, links)) {
    if (outcome === 'denied') outcomes.deny(change.change, change.gateway);
    else outcomes.end(change.change, outcome);
  }
}
