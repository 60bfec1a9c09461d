import type { ServerStatus, ServiceStatus } from '../../../told/status.ts';
import { states, stateWords } from './words.ts';

/** What a service is looked for by besides text. */
export const kinds = ['all', 'trouble', 'down', 'drain', 'empty'] as const;
export type Kind = (typeof kinds)[number];

/** A service with what is made of it once: a service that is other than before has another view. */
export interface ServiceView {
  readonly service: ServiceStatus;
  /** All that it is found by, in lower case. */
  readonly text: string;
  /** Its servers in words: `3 up, 1 draining`. */
  readonly summary: string;
  readonly kinds: ReadonlySet<Kind>;
  readonly mark: Mark;
}

/** The worst of a service: whether all of it serves, some of it or nothing. */
export type Mark = 'good' | 'partly' | 'bad';

export function viewOf(service: ServiceStatus): ServiceView {
  const count = (state: ServerStatus['state']): number =>
    service.servers.filter((server) => server.state === state).length;
  const present = states.filter((state) => count(state) > 0);
  return {
    service,
    text: textOf(service),
    summary: present.map((state) => `${count(state)} ${stateWords[state]}`).join(', ') || 'no servers',
    kinds: kindsOf(present),
    mark: markOf(present),
  };
}

function textOf({ name, backend, sources, routes, servers }: ServiceStatus): string {
  return [
    name,
    backend,
    ...sources,
    ...routes.map(({ host, path }) => `${host ?? ''}${path ?? ''}`),
    ...servers.flatMap((server) => [server.name, server.id, server.address]),
  ]
    .join('\n')
    .toLowerCase();
}

function kindsOf(present: readonly ServerStatus['state'][]): Set<Kind> {
  const kinds = new Set<Kind>(['all']);
  if (present.length === 0) kinds.add('empty');
  if (present.includes('down')) kinds.add('down');
  if (present.includes('drain')) kinds.add('drain');
  if (kinds.size > 1 || present.includes('maint')) kinds.add('trouble');
  return kinds;
}

function markOf(present: readonly ServerStatus['state'][]): Mark {
  if (present.every((state) => state === 'down' || state === 'maint')) return 'bad';
  return present.every((state) => state === 'up') ? 'good' : 'partly';
}
