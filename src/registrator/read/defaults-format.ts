import type { Deadline } from '../../core/deadline.ts';
import type { Consul } from '../../consul/client.ts';
import type { Place } from '../../lambda-service/place.ts';
import { hasLambdaExtension, type ServiceDefaultsFormat } from '../../lambda-service/service-defaults.ts';
import { type Scope, standingOf } from '../model/ownership.ts';
import type { Observed } from '../model/snapshot.ts';

/** The first version whose config entries may carry Envoy extensions (https://developer.hashicorp.com/consul/docs/v1.15.x/release-notes/consul/v1_15_x). */
const firstWithExtensions = { major: 1, minor: 15 };

/** What earlier invocations of the same process found out. */
export interface FormatMemory {
  found?: ServiceDefaultsFormat;
}

export interface FormatSettings {
  consul: Consul;
  place: Place;
  scope: Scope;
  setting: 'auto' | ServiceDefaultsFormat;
  servicePrefix: string;
  memory: FormatMemory;
}

/**
 * The format of service-defaults that the servers understand: as set; else proven by an entry of ours; else as found
 * before; else by the version of the agent; else by a write that changes nothing. A current server stays current; that a
 * server is old is asked again by every full sync.
 */
export async function serviceDefaultsFormat(
  settings: FormatSettings,
  observed: Observed,
  deadline: Deadline,
): Promise<ServiceDefaultsFormat> {
  const { setting, memory, consul, place, servicePrefix } = settings;
  if (setting !== 'auto') return setting;
  if (proven(observed, settings.scope)) memory.found = 'envoy-extension';
  if (memory.found) return memory.found;
  const version = await consul.version(deadline);
  const current =
    version === undefined
      ? await consul.acceptsEnvoyExtensions(place, `${servicePrefix}lambda-registrator-probe`, deadline)
      : knowsExtensions(version);
  memory.found = current ? 'envoy-extension' : 'meta';
  return memory.found;
}

/** Lets the next question be asked again unless the answer can only be the same. */
export function forgetOldServer(memory: FormatMemory): void {
  if (memory.found === 'meta') delete memory.found;
}

function proven(observed: Observed, scope: Scope): boolean {
  for (const pair of observed.pairs.values()) {
    if (pair.defaults && hasLambdaExtension(pair.defaults) && standingOf(pair, scope).kind === 'ours')
      return true;
  }
  return false;
}

function knowsExtensions(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return (
    major > firstWithExtensions.major ||
    (major === firstWithExtensions.major && minor >= firstWithExtensions.minor)
  );
}
