import type { DockerAddress } from '../config/docker-address.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { deadlineIn } from '../core/deadline.ts';
import type { Docker } from './api.ts';
import { listContainers } from './containers.ts';
import { followEvents } from './events.ts';
import { Requests } from './requests.ts';

const negotiationMs = 10_000;

/** A client of the daemon at an address. Nothing is opened before the first call. */
export function createDocker(address: DockerAddress, clock: Clock = systemClock): Docker {
  const requests = new Requests(address);
  return {
    listContainers: (deadline) => listContainers(requests, deadline),
    events: async (since, listener, signal) => {
      await requests.negotiate(deadlineIn(clock, negotiationMs, signal));
      await followEvents(requests, since, listener, signal);
    },
    close: () => requests.close(),
  };
}
