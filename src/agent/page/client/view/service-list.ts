import type { ServiceView } from '../model/service-view.ts';
import { element, place } from './elements.ts';
import { ServiceRow } from './service-row.ts';

/** Services that come and go together. */
const blockSize = 25;

/** How far from what is seen blocks are filled. */
const ahead = '600px';

/** A part of the list: with its rows while it is near what is seen, else as high as its rows would be. */
interface Block {
  readonly element: HTMLElement;
  views: readonly ServiceView[];
  isNear: boolean;
  isFilled: boolean;
}

/**
 * The list of services. Only those near what is seen are elements of the page, which therefore stays as small with 5,000
 * services as with 100.
 */
export class ServiceList {
  readonly #target: HTMLElement;
  readonly #blocks: Block[] = [];
  readonly #blockOf = new WeakMap<Element, Block>();
  readonly #rows = new Map<string, ServiceRow>();
  readonly #open = new Set<string>();
  readonly #observer: IntersectionObserver;
  #views: readonly ServiceView[] = [];
  #rowHeight = 36;

  constructor(target: HTMLElement) {
    this.#target = target;
    this.#observer = new IntersectionObserver((entries) => this.#moved(entries), { rootMargin: ahead });
    target.addEventListener('click', (event) => this.#toggle(event.target));
    target.addEventListener('keydown', (event) => this.#walk(event));
  }

  /** Shows these services; rows of services that are as before are not touched, and what is seen stays where it is. */
  show(views: readonly ServiceView[]): void {
    if (views === this.#views) return;
    const [focused, seen] = [this.#focusedName(), this.#firstSeen()];
    this.#views = views;
    this.#fitBlocks();
    if (focused !== undefined && this.#focusedName() !== focused) {
      // A row that moves to another block loses the focus on its way.
      this.#rowNamed(focused)?.button.focus({ preventScroll: true });
    }
    if (seen) {
      const top = this.#rowNamed(seen.name)?.element.getBoundingClientRect().top;
      if (top !== undefined) scrollBy(0, top - seen.top);
    }
    this.#forgetRows();
  }

  #fitBlocks(): void {
    const count = Math.ceil(this.#views.length / blockSize);
    while (this.#blocks.length < count) this.#addBlock();
    for (const { element } of this.#blocks.splice(count)) {
      this.#observer.unobserve(element);
      element.remove();
    }
    for (const [at, block] of this.#blocks.entries()) {
      block.views = this.#views.slice(at * blockSize, (at + 1) * blockSize);
      if (block.isFilled) this.#fill(block);
      else this.#setHeight(block, block.views.length * this.#rowHeight);
    }
  }

  /** The row of a service that is shown, which is then an element of the page wherever it stands. */
  #rowNamed(name: string): ServiceRow | undefined {
    return this.#rowAt(this.#views.findIndex(({ service }) => service.name === name));
  }

  #rowAt(position: number): ServiceRow | undefined {
    const view = this.#views[position];
    const block = this.#blocks[Math.floor(position / blockSize)];
    if (!view || !block) return undefined;
    if (!block.isFilled) this.#fill(block);
    return this.#rows.get(view.service.name);
  }

  /** Once the list is scrolled into, the first service that is seen, and where. */
  #firstSeen(): { readonly name: string; readonly top: number } | undefined {
    if (this.#target.getBoundingClientRect().top >= 0) return undefined;
    for (const element of this.#target.querySelectorAll('.service')) {
      const { top, bottom } = element.getBoundingClientRect();
      if (bottom > 0) return { name: nameIn(element), top };
    }
    return undefined;
  }

  #addBlock(): void {
    const made = element('div', { class: 'block', role: 'presentation' });
    // The first blocks are seen at once; of the others the observer tells.
    const isFirst = this.#blocks.length === 0;
    const block: Block = { element: made, views: [], isNear: isFirst, isFilled: isFirst };
    this.#blocks.push(block);
    this.#blockOf.set(made, block);
    this.#target.append(made);
    this.#observer.observe(made);
  }

  #moved(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const block = this.#blockOf.get(target);
      if (block) block.isNear = isIntersecting;
    }
    for (const block of this.#blocks) {
      if (block.isNear && !block.isFilled) this.#fill(block);
      // What has the focus stays, however far the page is scrolled.
      if (!block.isNear && block.isFilled && !block.element.contains(document.activeElement))
        this.#empty(block);
    }
    this.#forgetRows();
  }

  #fill(block: Block): void {
    const first = this.#blocks.indexOf(block) * blockSize;
    const rows = block.views.map((view, at) => {
      const row = this.#rowFor(view.service.name);
      row.show(view, first + at, this.#views.length, this.#open.has(view.service.name));
      return row.element;
    });
    place(block.element, rows);
    block.element.style.blockSize = '';
    block.isFilled = true;
  }

  #empty(block: Block): void {
    const height = block.element.offsetHeight;
    if (!block.views.some(({ service }) => this.#open.has(service.name))) {
      this.#rowHeight = height / block.views.length;
    }
    block.element.replaceChildren();
    this.#setHeight(block, height);
    block.isFilled = false;
  }

  #setHeight(block: Block, height: number): void {
    block.element.style.blockSize = `${height}px`;
  }

  #rowFor(name: string): ServiceRow {
    const row = this.#rows.get(name) ?? new ServiceRow(name);
    this.#rows.set(name, row);
    return row;
  }

  #forgetRows(): void {
    for (const [name, row] of this.#rows) if (!row.element.isConnected) this.#rows.delete(name);
  }

  #focusedName(): string | undefined {
    return this.#rowWith(document.activeElement)?.name;
  }

  #rowWith(target: EventTarget | null): ServiceRow | undefined {
    const row = target instanceof Element ? this.#rows.get(nameIn(target)) : undefined;
    return row?.button === target ? row : undefined;
  }

  #toggle(target: EventTarget | null): void {
    const row = this.#rowWith(target);
    const view = row && this.#views[row.position];
    if (!row || !view) return;
    const { name } = view.service;
    if (!this.#open.delete(name)) this.#open.add(name);
    row.show(view, row.position, this.#views.length, this.#open.has(name));
  }

  #walk(event: KeyboardEvent): void {
    const row = this.#rowWith(event.target);
    const next = row && nextPosition(event.key, row.position, this.#views.length);
    if (next === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.#rowAt(next)?.button.focus();
  }
}

/** The name of the service of a row or its button. */
function nameIn(element: Element): string {
  return (element.querySelector('button') ?? element).textContent ?? '';
}

function nextPosition(key: string, position: number, count: number): number | undefined {
  switch (key) {
    case 'ArrowDown':
      return Math.min(position + 1, count - 1);
    case 'ArrowUp':
      return Math.max(position - 1, 0);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return undefined;
  }
}
