import type { DockerOptions } from '../../../src/agent/sources/docker-options.ts';
import { checkDockerAddress } from '../../../src/config/docker-address.ts';
import type { Clock } from '../../../src/core/clock.ts';
import type { Container, Docker } from '../../../src/docker/api.ts';
import { createDocker } from '../../../src/docker/client.ts';

/** The section `docker` as it is by default. */
export const defaultOptions: DockerOptions = {
  labelPrefix: 'lambda-registrator',
  env: true,
  keyword: '',
  network: '',
  hostAddress: '127.0.0.1',
  host: '',
  resyncMs: 60_000,
};

/** A running container on the default bridge that exposes port 80 and asks for nothing. */
export function container(parts: Partial<Container> = {}): Container {
  return {
    id: 'c1',
    name: 'web-1',
    status: 'running',
    health: undefined,
    startedAt: 1_700_000_000_000,
    labels: {},
    env: new Map(),
    exposed: [80],
    published: [],
    networkMode: 'bridge',
    networks: [{ name: 'bridge', ipv4: '172.17.0.2', ipv6: undefined }],
    stopSignal: 15,
    stopTimeoutMs: 10_000,
    ...parts,
  };
}

/** Labels of ours, by key. */
export function labels(keys: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(keys).map(([key, value]) => [`lambda-registrator.${key}`, value]));
}

/** A client of the daemon at an address as in `DOCKER_HOST`. */
export function dockerAt(address: string, clock?: Clock): Docker {
  const checked = checkDockerAddress(address);
  if (!checked.ok) throw new Error(checked.problem);
  return createDocker(checked.value, clock);
}

/** How long `expect.poll` asks. */
export const patience = { timeout: 10_000, interval: 10 };
