import { AppError } from '../../core/errors.ts';
import type { Command } from '../../haproxy/running/commands.ts';
import type { Layout } from '../../haproxy/running/layout.ts';
import type { AppliedChange, ApplyMeasures, RuntimeKind } from './api.ts';

const mostNamed = 5;

/** A HAProxy that does not answer any more is told of once. */
export class Silence {
  #at: string | undefined;

  /**
   * What is to be told, unless it was.
   * @param at where HAProxy did not answer when it was looked at last; undefined where it did
   */
  news(at: string | undefined): AppError | undefined {
    const isNews = at !== undefined && at !== this.#at;
    this.#at = at;
    if (!isNews) return undefined;
    const advice =
      'Nothing is changed until it does: check that it runs, and restart it where that socket is gone.';
    return new AppError('UPSTREAM_UNAVAILABLE', `HAProxy does not answer at ${at}. ${advice}`);
  }
}

/** Runtime changes that came together, for people. */
export function runtimeChange(commands: readonly Command[], { backends }: Layout): Omit<AppliedChange, 'at'> {
  const services = new Set(
    commands.map((command) => (command.kind === 'map' ? undefined : backends.get(command.backend)?.service)),
  );
  const [service] = services;
  const named = commands.slice(0, mostNamed).map(wordsOf).join(', ');
  const more = commands.length - mostNamed;
  return {
    how: 'runtime',
    reason: Object.keys(kindsOf(commands)).join(', '),
    service: services.size === 1 ? service : undefined,
    detail: more > 0 ? `${named} and ${more} more` : named,
  };
}

/** How many there are of each kind, in the order in which they were carried out. */
export function kindsOf(commands: readonly Command[]): ApplyMeasures['kinds'] {
  const kinds: Partial<Record<RuntimeKind, number>> = {};
  for (const { kind } of commands) kinds[kind] = (kinds[kind] ?? 0) + 1;
  return kinds;
}

function wordsOf(command: Command): string {
  if (command.kind === 'map') return `map of ${command.entries.size} routes`;
  const place = `${command.kind} ${command.backend}/${command.server}`;
  switch (command.kind) {
    case 'add':
    case 'address':
      return `${place} ${command.endpoint}`;
    case 'weight':
      return `${place} ${command.weight}`;
    case 'ready':
    case 'remove':
      return place;
  }
}
