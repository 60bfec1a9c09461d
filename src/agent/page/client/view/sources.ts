import type { HeldStatus, SourceStatus } from '../../../told/status.ts';
import { counted } from '../model/words.ts';
import { element, place } from './elements.ts';
import { age, instant, restartAge } from './times.ts';

/** A source as it was shown. */
interface Shown {
  readonly element: Element;
  /** What it was made of. */
  readonly key: string;
  readonly age: HTMLTimeElement | undefined;
}

/** Shows the sources; `heardAt` is when they were told, in milliseconds, from where their ages go on. */
export function createSources(target: Element): (sources: readonly SourceStatus[], heardAt: number) => void {
  let kept = new Map<string, Shown>();
  return (sources, heardAt) => {
    const next = new Map<string, Shown>();
    for (const source of sources) {
      const before = kept.get(source.name);
      const key = keyOf(source);
      const shown = before?.key === key ? before : shownOf(source, key);
      if (shown.age && source.age_s !== null) restartAge(shown.age, heardAt - source.age_s * 1000);
      next.set(source.name, shown);
    }
    place(target, sources.length > 0 ? [...next.values()].map(({ element }) => element) : [noSources]);
    kept = next;
  };
}

const noSources = element('li', { class: 'nothing' }, 'No source is configured.');

/** An age that has grown makes no other element. */
function keyOf(source: SourceStatus): string {
  return JSON.stringify({ ...source, last_success: null, age_s: source.age_s === null ? null : 0 });
}

function shownOf(source: SourceStatus, key: string): Shown {
  const lastRead = source.age_s === null ? undefined : age(Date.now());
  const { name, ok, services, servers, failures, error, held } = source;
  const shown = element(
    'li',
    { class: 'source' },
    element(
      'p',
      { class: 'line' },
      element('strong', {}, name),
      ' ',
      element('span', { class: `tone ${ok ? 'good' : 'bad'}` }, ok ? 'ok' : 'failing'),
      ' ',
      element(
        'span',
        { class: 'aside' },
        ...(lastRead ? ['read ', lastRead, ' ago'] : ['never read']),
        failures > 0 ? `, ${counted(failures, 'failure')} in a row` : '',
      ),
    ),
    element('p', { class: 'aside' }, `${counted(services, 'service')}, ${counted(servers, 'server')}`),
  );
  if (error !== null)
    shown.append(element('pre', { tabindex: '0', 'aria-label': `Error of ${name}` }, error));
  if (held.length > 0) shown.append(heldElement(held));
  return { element: shown, key, age: lastRead };
}

/** A source that lost everything may hold thousands; `/status` has all. */
const mostHeld = 20;

function heldElement(held: readonly HeldStatus[]): Element {
  const left = held.length - mostHeld;
  return element(
    'div',
    { class: 'held' },
    element('h3', { class: 'tone partly' }, `${counted(held.length, 'service')} held`),
    element(
      'ul',
      { class: 'plain' },
      ...held
        .slice(0, mostHeld)
        .map(({ service, reason, since, reads }) =>
          element(
            'li',
            {},
            element('code', {}, service),
            ` ${reason} `,
            element('span', { class: 'aside' }, 'since ', instant(since), `, ${counted(reads, 'read')}`),
          ),
        ),
    ),
    element('p', { class: 'nothing' }, left > 0 ? `${left.toLocaleString('en')} more are in /status.` : ''),
  );
}
