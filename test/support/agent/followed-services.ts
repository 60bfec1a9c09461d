import { startConsulSource, type ConsulSourceSettings } from '../../../src/agent/sources/consul/source.ts';
import type { Reading, RunningSource, SeenInstance, Sighting } from '../../../src/agent/model/sighting.ts';
import type { Consul } from '../../../src/consul/client.ts';
import type { Clock } from '../../../src/core/clock.ts';
import { agentsPlace } from '../../../src/lambda-service/place.ts';
import { waitUntil } from '../wait-until.ts';

/** Services of a Consul as the agent's source tells of them. */
export interface FollowedServices extends RunningSource {
  readonly readings: Reading[];
  readonly failures: unknown[];
  last(): Reading | undefined;
  sighting(service: string): Sighting | undefined;
  instances(service: string): readonly SeenInstance[] | undefined;
  /** Waits for a reading that is as `condition` says. */
  until(what: string, condition: (reading: Reading) => boolean): Promise<Reading>;
  /** Waits until there are these services, and none is unread. */
  untilServices(...services: string[]): Promise<Reading>;
}

const usualSettings: ConsulSourceSettings = {
  place: agentsPlace,
  services: ['*'],
  host: '',
  functionHost: '',
  warning: 'keep',
  stale: true,
  maxConnections: 64,
};

export function followServices(
  consul: Consul,
  settings: Partial<ConsulSourceSettings> = {},
  clock?: Clock,
): FollowedServices {
  const readings: Reading[] = [];
  const failures: unknown[] = [];
  const listener = {
    onReading: (reading: Reading) => void readings.push(reading),
    onFailure: (error: unknown) => void failures.push(error),
  };
  const running = startConsulSource({ ...usualSettings, ...settings }, consul, listener, {
    ...(clock && { clock }),
  });
  const followed: FollowedServices = {
    refresh: () => running.refresh(),
    close: () => running.close(),
    readings,
    failures,
    last: () => readings.at(-1),
    sighting: (service) => readings.at(-1)?.sightings.get(service),
    instances: (service) => readings.at(-1)?.sightings.get(service)?.instances,
    until: (what, condition) =>
      waitUntil(what, () => {
        const last = readings.at(-1);
        return last !== undefined && condition(last) ? last : undefined;
      }),
    untilServices: (...services) =>
      followed.until(
        `the services ${services.join()}`,
        ({ sightings, unread }) =>
          unread.size === 0 && [...sightings.keys()].toSorted().join() === services.toSorted().join(),
      ),
  };
  return followed;
}
