import { type Kind, kinds, type ServiceView } from './service-view.ts';

/** Which services are shown. */
export interface Filter {
  readonly text: string;
  readonly only: Kind;
}

/** Services of the filter's kind that hold every word of its text, in any case. */
export function matching(services: readonly ServiceView[], { text, only }: Filter): readonly ServiceView[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0 && only === 'all') return services;
  return services.filter((view) => view.kinds.has(only) && words.every((word) => view.text.includes(word)));
}

/** How many services there are of each kind. */
export function kindCounts(services: readonly ServiceView[]): Record<Kind, number> {
  const counts = { all: 0, trouble: 0, down: 0, drain: 0, empty: 0 };
  for (const view of services) for (const kind of view.kinds) counts[kind]++;
  return counts;
}

/** The filter as the part of an address after `#`, so that it can be sent to somebody; empty without a filter. */
export function hashOf({ text, only }: Filter): string {
  const fields = new URLSearchParams();
  if (text.trim() !== '') fields.set('q', text);
  if (only !== 'all') fields.set('only', only);
  return fields.toString();
}

/** Reads what {@link hashOf} wrote, with or without `#`; what means nothing is no filter. */
export function filterOf(hash: string): Filter {
  const fields = new URLSearchParams(hash.replace(/^#/, ''));
  const only = kinds.find((kind) => kind === fields.get('only')) ?? 'all';
  return { text: fields.get('q') ?? '', only };
}
