import type { Status, StatusChange } from '../../../told/status.ts';
import { type ServiceView, viewOf } from './service-view.ts';

/** All of the status but its services. */
export type Overview = StatusChange['status'];

/** What the agent has told so far. */
export interface Known {
  readonly overview: Overview;
  /** By name; the same array as before when no service is other than before. */
  readonly services: readonly ServiceView[];
  /** When it was last heard of, in milliseconds of the reader's clock. */
  readonly heardAt: number;
}

export function knownFrom({ services, ...overview }: Status, heardAt: number): Known {
  return { overview, services: services.map(viewOf).toSorted(byName), heardAt };
}

/** `known` after a change; services that it does not name keep their views. */
export function afterChange(known: Known, change: StatusChange, heardAt: number): Known {
  return { overview: change.status, services: servicesAfter(known.services, change), heardAt };
}

function servicesAfter(
  services: readonly ServiceView[],
  { services: told, gone }: StatusChange,
): readonly ServiceView[] {
  if (told.length === 0 && gone.length === 0) return services;
  const views = new Map(services.map((view) => [view.service.name, view]));
  for (const name of gone) views.delete(name);
  for (const service of told) views.set(service.name, viewOf(service));
  return [...views.values()].toSorted(byName);
}

function byName(left: ServiceView, right: ServiceView): number {
  if (left.service.name === right.service.name) return 0;
  return left.service.name < right.service.name ? -1 : 1;
}
