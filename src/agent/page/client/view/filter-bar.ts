import { type Filter, filterOf, hashOf, kindCounts } from '../model/filter.ts';
import { type Kind, kinds, type ServiceView } from '../model/service-view.ts';
import { byId, element, place, setAttribute, setText } from './elements.ts';

const kindWords: Readonly<Record<Kind, string>> = {
  all: 'All',
  trouble: 'With trouble',
  down: 'Down',
  drain: 'Draining',
  empty: 'No servers',
};

/** From the last key to the new address, in milliseconds: browsers refuse more than some changes of it a second. */
const addressMs = 250;

interface FilterBar {
  /** What is asked for now. */
  filter(): Filter;
  /** Tells how many services there are of each kind, and how many are shown. */
  showCounts(services: readonly ServiceView[], shown: number): void;
}

/** The filter of services, which stands in the page's address as well; `changed` hears of every change. */
export function createFilterBar(changed: () => void): FilterBar {
  const input = byId('filter') as HTMLInputElement;
  const buttons = kinds.map((kind) => createKindButton(kind, () => set({ text: input.value, only: kind })));
  let current = filterOf(location.hash);
  let writing: number | undefined;

  function set(filter: Filter): void {
    current = filter;
    clearTimeout(writing);
    writing = setTimeout(() => writeAddress(filter), addressMs);
    show();
  }
  function show(): void {
    if (input.value !== current.text) input.value = current.text;
    for (const { kind, element } of buttons)
      setAttribute(element, 'aria-pressed', String(kind === current.only));
    changed();
  }

  place(
    byId('kinds'),
    buttons.map(({ element }) => element),
  );
  input.addEventListener('input', () => set({ ...current, text: input.value }));
  window.addEventListener('hashchange', () => {
    current = filterOf(location.hash);
    show();
  });
  listenToKeys(input, () => set({ ...current, text: '' }));
  show();
  return {
    filter: () => current,
    showCounts(services, shown) {
      const counts = kindCounts(services);
      for (const { kind, count } of buttons) setText(count, counts[kind].toLocaleString('en'));
      const all = services.length.toLocaleString('en');
      setText(byId('matches'), `${shown.toLocaleString('en')} of ${all} services`);
    },
  };
}

function writeAddress(filter: Filter): void {
  const hash = hashOf(filter);
  history.replaceState(null, '', `${location.pathname}${location.search}${hash === '' ? '' : `#${hash}`}`);
}

function createKindButton(
  kind: Kind,
  pressed: () => void,
): { kind: Kind; element: HTMLButtonElement; count: Element } {
  const count = element('span', { class: 'count' }, '0');
  const made = element('button', { type: 'button' }, `${kindWords[kind]} `, count);
  made.addEventListener('click', pressed);
  return { kind, element: made, count };
}

/** `/` goes to the filter from anywhere, Escape clears it. */
function listenToKeys(input: HTMLInputElement, clear: () => void): void {
  document.addEventListener('keydown', (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === '/' && event.target !== input) {
      event.preventDefault();
      input.focus();
      input.select();
    }
    if (event.key === 'Escape') clear();
  });
}
