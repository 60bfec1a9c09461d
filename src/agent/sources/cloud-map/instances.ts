import type { CheckedInstance } from '../../../aws/cloud-map/api.ts';
import { accepted, type Checked, refused } from '../../../core/checked.ts';
import { checkPort } from '../../../core/network/addresses.ts';
import { sorted } from '../../../haproxy/sections/section.ts';
import type { SeenInstance } from '../../model/sighting.ts';

/** What all instances of a service make: those that can be reached, and why others cannot. */
export interface SeenInstances {
  readonly instances: readonly SeenInstance[];
  readonly problems: readonly { readonly instance: string; readonly message: string }[];
}

/**
 * Instances by their id, whatever their order was. Those that are not healthy are drained, and none where nobody tells of
 * health; a service whose instances all are leaves it to others whether it fails open.
 * @param defaultPort of instances without one
 */
export function seenInstances(
  registered: readonly CheckedInstance[],
  defaultPort: number | undefined,
): SeenInstances {
  const isChecked = registered.some(({ health }) => health !== 'UNKNOWN');
  const instances: SeenInstance[] = [];
  const problems: SeenInstances['problems'][number][] = [];
  for (const instance of sorted(registered, ({ id }) => id)) {
    const state = isChecked && instance.health !== 'HEALTHY' ? 'drain' : 'ready';
    const seen = seenInstance(instance, state, defaultPort);
    if (seen.ok) instances.push(seen.value);
    else problems.push({ instance: instance.id, message: `${seen.problem}: the instance is left out` });
  }
  return { instances, problems };
}

/** An instance by its attributes (https://docs.aws.amazon.com/cloud-map/latest/api/API_RegisterInstance.html). */
function seenInstance(
  { id, attributes }: CheckedInstance,
  state: SeenInstance['state'],
  defaultPort: number | undefined,
): Checked<SeenInstance> {
  const address = addressOf(attributes);
  if (!address.ok) return address;
  const port = portOf(attributes, defaultPort);
  if (!port.ok) return port;
  return accepted({
    id,
    address: address.value,
    port: port.value,
    weight: 1,
    state,
    attributes: ownAttributes(attributes),
    routes: [],
  });
}

type Attributes = CheckedInstance['attributes'];

function addressOf({
  AWS_INSTANCE_IPV4,
  AWS_INSTANCE_IPV6,
  AWS_INSTANCE_CNAME,
  AWS_ALIAS_DNS_NAME,
}: Attributes): Checked<string> {
  const address = AWS_INSTANCE_IPV4 || AWS_INSTANCE_IPV6 || AWS_INSTANCE_CNAME;
  if (address) return accepted(address);
  const problem =
    AWS_ALIAS_DNS_NAME === undefined
      ? 'AWS_INSTANCE_IPV4, AWS_INSTANCE_IPV6 or AWS_INSTANCE_CNAME must be set'
      : `AWS_ALIAS_DNS_NAME names a load balancer (${AWS_ALIAS_DNS_NAME}), which has no port: register it as AWS_INSTANCE_CNAME`;
  return { ok: false, problem };
}

function portOf(
  { AWS_INSTANCE_PORT: text }: Attributes,
  defaultPort: number | undefined,
): Checked<number | undefined> {
  if (text === undefined) return accepted(defaultPort);
  const port = /^[0-9]+$/.test(text) ? checkPort(Number(text)) : undefined;
  if (port?.ok) return port;
  return {
    ok: false,
    problem: `AWS_INSTANCE_PORT ${refused('a whole number from 1 to 65535', text).problem}`,
  };
}

/** Those that are not Cloud Map's. */
function ownAttributes(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => !key.startsWith('AWS_')));
}
