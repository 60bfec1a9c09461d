import type { WarningEntry } from '../model/report.ts';

/** A service whose gateway the token may not read or write. */
export interface DeniedLink {
  gateway: string;
  service: string;
  /** Whether the service went all the same, so that the gateway lists one that is no longer there. */
  isGone: boolean;
}

/** So many names keep the warning readable, and the report below its bounds. */
const mostNamed = 100;

/** The one warning of a run for all that was denied; none where nothing was. */
export function deniedGateways(denied: readonly DeniedLink[]): WarningEntry[] {
  if (denied.length === 0) return [];
  const gateways = [...new Set(denied.map(({ gateway }) => gateway))].toSorted();
  const namesOf = (some: readonly DeniedLink[]): string =>
    named([...new Set(some.map(({ service, gateway }) => `${service} (${gateway})`))].toSorted());
  const waiting = denied.filter(({ isGone }) => !isGone);
  const gone = denied.filter(({ isGone }) => isGone);
  const rules = gateways.slice(0, mostNamed).map((gateway) => `service "${gateway}" { policy = "read" }`);
  return [
    {
      service: '',
      arn: '',
      tag: '',
      message: [
        `The Consul token may not read or write terminating gateway ${named(gateways)}.`,
        ...(waiting.length > 0 ? [`Links stay as they are for ${namesOf(waiting)}.`] : []),
        ...(gone.length > 0 ? [`Services are gone while their links stay: ${namesOf(gone)}.`] : []),
      ].join(' '),
      hint: [
        `Add mesh = "write" (or operator = "write", where Consul knows no mesh) and ${rules.join(', ')} to the policy of the token.`,
        ...(waiting.length > 0 ? ['Later runs try again.'] : []),
        ...(gone.length > 0 ? ['Remove the links of services that are gone by hand.'] : []),
      ].join(' '),
    },
  ];
}

/** A service that no terminating gateway can list, since gateways are in another partition. */
export function outOfReach(service: string, arn: string, partition: string, gateway: string): WarningEntry {
  return {
    service,
    arn,
    tag: 'terminating-gateway',
    message: `${service} is in partition ${partition}; terminating gateway ${gateway} lists services of partition default alone.`,
    hint: 'Set the terminating-gateway tag of the function to nothing, or link the service by hand in a gateway of its partition.',
  };
}

function named(names: readonly string[]): string {
  const more = names.length - mostNamed;
  const text = names.slice(0, mostNamed).join(', ');
  return more > 0 ? `${text} and ${more} more` : text;
}
