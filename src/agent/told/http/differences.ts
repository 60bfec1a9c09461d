import type { ServiceStatus, Status, StatusChange } from '../status.ts';

/** A status in a form in which two are compared quickly. */
export interface Compared {
  readonly status: Status;
  /** All but the services, and without what moves by itself as time goes by. */
  readonly head: string;
  /** Each service as JSON, by name. */
  readonly services: ReadonlyMap<string, string>;
}

export function compared(status: Status): Compared {
  const { services, ...others } = status;
  const sources = others.sources.map(({ age_s: _age, last_success: _time, ...source }) => source);
  return {
    status,
    head: JSON.stringify({ ...others, sources }),
    services: new Map(services.map((service) => [service.name, JSON.stringify(service)])),
  };
}

/** Whether anything is other than before, but ages. */
export function isOther(before: Compared, after: Compared): boolean {
  if (before.head !== after.head || before.services.size !== after.services.size) return true;
  return [...after.services].some(([name, text]) => before.services.get(name) !== text);
}

/** What turns one status into the other. */
export function changeBetween(before: Compared, after: Compared): StatusChange {
  const { services, ...status } = after.status;
  const isNews = ({ name }: ServiceStatus): boolean => before.services.get(name) !== after.services.get(name);
  return {
    status,
    services: services.filter(isNews),
    gone: [...before.services.keys()].filter((name) => !after.services.has(name)),
  };
}
