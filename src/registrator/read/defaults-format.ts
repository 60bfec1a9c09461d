import { hasLambdaExtension, type ServiceDefaultsFormat } from '../../lambda-service/service-defaults.ts';
import { type Scope, standingOf } from '../model/ownership.ts';
import type { Observed } from '../model/snapshot.ts';
import type { Memory, Run } from '../run.ts';

/** The first version whose config entries may carry Envoy extensions (https://developer.hashicorp.com/consul/docs/v1.15.x/release-notes/consul/v1_15_x). */
const firstWithExtensions = { major: 1, minor: 15 };

/**
 * The format of service-defaults that the servers understand: as set; else proven by an entry of ours; else as found
 * before; else by the version of the agent; else by a write that changes nothing. A current server stays current; that a
 * server is old is asked again by every full sync.
 * @throws AppError when Consul cannot be asked
 */
export async function serviceDefaultsFormat(run: Run, observed: Observed): Promise<ServiceDefaultsFormat> {
  const { config, memory } = run;
  if (config.format !== 'auto') return config.format;
  if (isProven(observed, run.scope)) memory.format = 'envoy-extension';
  if (memory.format) return memory.format;
  memory.format = (await askServer(run)).format;
  return memory.format;
}

/** What a server is, as far as its agent tells, and the format that it understands. */
export interface ServerFormat {
  version: string | undefined;
  format: ServiceDefaultsFormat;
}

/**
 * By the version of the agent, else by a write that changes nothing.
 * @throws AppError when Consul cannot be asked
 */
export async function askServer({ consul, config, home, deadline }: Asking): Promise<ServerFormat> {
  const version = await consul.version(deadline);
  const isCurrent =
    version === undefined
      ? await consul.acceptsEnvoyExtensions(home, probeName(config), deadline)
      : knowsExtensions(version);
  return { version, format: isCurrent ? 'envoy-extension' : 'meta' };
}

/** A name that the registrator may write, and that no service has. */
export function probeName({ servicePrefix }: Pick<Run['config'], 'servicePrefix'>): string {
  return `${servicePrefix}lambda-registrator-probe`;
}

interface Asking {
  consul: Pick<Run['consul'], 'version' | 'acceptsEnvoyExtensions'>;
  config: Pick<Run['config'], 'servicePrefix'>;
  home: Run['home'];
  deadline: Run['deadline'];
}

/** Lets the next question be asked again unless the answer can only be the same. */
export function forgetOldServer(memory: Memory): void {
  if (memory.format === 'meta') delete memory.format;
}

function isProven({ pairs }: Observed, scope: Scope): boolean {
  for (const pair of pairs.values()) {
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
