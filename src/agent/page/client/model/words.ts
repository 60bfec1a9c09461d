import type { RouteStatus, ServerStatus } from '../../../told/status.ts';

/** `1 service`, `5,000 services`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}

/** Time that has passed, in milliseconds, as its largest unit: `12 s`, `3 min`, `2 h`, `5 d`. */
export function ageText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}

/** Swedish writes dates as ISO 8601 does, which every reader takes the same way. */
const clock = new Intl.DateTimeFormat('sv-SE', { timeStyle: 'medium' });
const calendar = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short' });

/** An instant in the reader's time zone: the time alone when it is on the day of `now`, in milliseconds. */
export function instantText(iso: string, now: number): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  const day = calendar.format(at);
  return day === calendar.format(now) ? clock.format(at) : `${day} ${clock.format(at)}`;
}

/** Host and path as one text; a route of neither takes every request. */
export function routeWords({ host, path }: Pick<RouteStatus, 'host' | 'path'>): string {
  return `${host ?? 'any host'}${path ?? ''}`;
}

/** What else is to say of a route. */
export function routeMarks({ strip, percent, tls }: RouteStatus): string[] {
  return [
    ...(tls ? ['TLS'] : []),
    ...(strip ? ['path stripped'] : []),
    ...(percent === null ? [] : [`${percent} %`]),
  ];
}

/** The states of servers in the order in which they are told. */
export const states = ['up', 'down', 'drain', 'maint', 'checking'] as const satisfies ServerStatus['state'][];

export const stateWords: Readonly<Record<ServerStatus['state'], string>> = {
  up: 'up',
  checking: 'checking',
  drain: 'draining',
  maint: 'in maintenance',
  down: 'down',
};
