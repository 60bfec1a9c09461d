import { metaKeys } from '../../lambda-service/service.ts';
import { type LinkChange, writeLinks } from '../gateways/links.ts';
import type { Change } from '../model/change.ts';
import type { Run } from '../run.ts';
import { Outcomes, type Settled } from './outcomes.ts';

/** Makes terminating gateways list services that have been written: one write a gateway. */
export async function link(run: Run, settled: readonly Settled[]): Promise<Settled[]> {
  const written = settled.filter(
    ({ outcome, deniedGateway }) => outcome === 'done' && deniedGateway === undefined,
  );
  const outcomes = new Outcomes(written.map(({ change }) => change));
  await relink(run, outcomes, outcomes.open(), 'linked');
  const linked = new Map(outcomes.settled().map((one) => [one.change, one]));
  return settled.map((one) => linked.get(one.change) ?? one);
}

/** Makes terminating gateways cease to list services, before their Meta or they themselves go: one write a gateway. */
export async function unlink(run: Run, outcomes: Outcomes, changes: readonly Change[]): Promise<void> {
  await relink(run, outcomes, changes, 'unlinked');
}

/** What differs where nothing but the link of a service does. */
const linkFields: readonly string[] = ['terminating-gateway', `Meta.${metaKeys.gateway}`];

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
    return gateway !== undefined && change.relink
      ? [{ change, gateway, link: change.relink.link, want }]
      : [];
  });
  if (links.length === 0) return;
  for (const { change, outcome } of await writeLinks(run, links)) {
    if (outcome !== 'denied') {
      outcomes.end(change.change, outcome);
      continue;
    }
    outcomes.deny(change.change, change.gateway);
    if (isNothingElse(change)) outcomes.end(change.change, 'kept');
  }
}

/** Whether nothing of a change is made where its link is not; a Meta that announces a link has been written before it. */
function isNothingElse({ change: { action, fields }, want }: ChangedLink): boolean {
  const differing = want === 'linked' ? linkFields.slice(0, 1) : linkFields;
  return action === 'update' && fields.every((field) => differing.includes(field));
}
