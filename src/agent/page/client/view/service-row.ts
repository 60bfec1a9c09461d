import type { RouteStatus, ServerStatus } from '../../../told/status.ts';
import type { Mark, ServiceView } from '../model/service-view.ts';
import { routeMarks, routeWords, stateWords } from '../model/words.ts';
import { element, rowsOf, setAttribute, setText } from './elements.ts';

/** Routes that a closed service shows. */
const firstRoutes = 2;

/** One service of the list: a line, and its routes and servers beneath while it is open. */
export class ServiceRow {
  readonly name: string;
  readonly element: HTMLElement;
  readonly button: HTMLButtonElement;
  readonly #routes = element('span', { class: 'routes' });
  readonly #summary = element('span', {});
  readonly #sources = element('span', { class: 'sources' });
  #details: Details | undefined;
  #view: ServiceView | undefined;
  #position = 0;

  constructor(name: string) {
    this.name = name;
    this.button = element('button', { type: 'button', 'aria-expanded': 'false' }, name);
    const head = element(
      'div',
      { class: 'head' },
      element('h3', {}, this.button),
      this.#routes,
      this.#summary,
      this.#sources,
    );
    this.element = element('div', { class: 'service', role: 'listitem' }, head);
  }

  /** Where it stands among those that are shown. */
  get position(): number {
    return this.#position;
  }

  /** Shows it as one of `of` services; what is shown already is not touched. */
  show(view: ServiceView, position: number, of: number, isOpen: boolean): void {
    this.#position = position;
    setAttribute(this.element, 'aria-posinset', String(position + 1));
    setAttribute(this.element, 'aria-setsize', String(of));
    if (view !== this.#view) this.#fill(view);
    this.#open(view, isOpen);
    this.#view = view;
  }

  #fill({ service, summary, mark }: ServiceView): void {
    this.#routes.replaceChildren(...shortRoutes(service.routes));
    this.#summary.className = `tone ${mark}`;
    setText(this.#summary, summary);
    setText(this.#sources, service.sources.join(', '));
  }

  #open(view: ServiceView, isOpen: boolean): void {
    setAttribute(this.button, 'aria-expanded', String(isOpen));
    if (!isOpen) {
      this.#details?.element.remove();
      this.#details = undefined;
      return;
    }
    const isNew = !this.#details;
    this.#details ??= createDetails();
    if (isNew) this.element.append(this.#details.element);
    if (isNew || view !== this.#view) this.#details.show(view);
  }
}

function shortRoutes(routes: readonly RouteStatus[]): (Node | string)[] {
  if (routes.length === 0) return [element('span', { class: 'nothing' }, 'no routes')];
  const more = routes.length - firstRoutes;
  return [
    ...routes.slice(0, firstRoutes).map(routeElement),
    ...(more > 0 ? [element('span', { class: 'aside' }, `+${more}`)] : []),
  ];
}

function routeElement(route: RouteStatus): Element {
  const marks = routeMarks(route).map((mark) => element('small', {}, mark));
  return element('span', { class: 'route' }, element('code', {}, routeWords(route)), ...marks);
}

interface Details {
  readonly element: Element;
  show(view: ServiceView): void;
}

const columns = ['State', 'Server', 'Id', 'Address', 'Source', 'Weight', 'Health'];

/** Backend, all routes and all servers. */
function createDetails(): Details {
  const backend = element('code', {});
  const routes = element('ul', { class: 'plain' });
  const noRoutes = element('p', { class: 'nothing' }, 'No route leads here.');
  const body = element('tbody', {});
  const head = columns.map((column) => element('th', { scope: 'col' }, column));
  const table = element('table', {}, element('thead', {}, element('tr', {}, ...head)), body);
  const scroll = element('div', { class: 'scroll', tabindex: '0', role: 'group' }, table);
  const noServers = element('p', { class: 'nothing' }, 'No server: requests are answered with 503.');
  const showRoutes = rowsOf(routes, (route: RouteStatus) => element('li', {}, routeElement(route)));
  const showServers = rowsOf(body, serverElement);
  const shown = element('div', { class: 'details' });
  shown.append(element('p', { class: 'aside' }, 'Backend ', backend), noRoutes, routes, noServers, scroll);
  return {
    element: shown,
    show({ service }) {
      setText(backend, service.backend);
      setAttribute(scroll, 'aria-label', `Servers of ${service.name}`);
      showRoutes(service.routes);
      showServers(service.servers);
      noRoutes.hidden = service.routes.length > 0;
      noServers.hidden = service.servers.length > 0;
      scroll.hidden = service.servers.length === 0;
    },
  };
}

const marksOfStates: Readonly<Record<ServerStatus['state'], Mark>> = {
  up: 'good',
  checking: 'partly',
  drain: 'partly',
  maint: 'partly',
  down: 'bad',
};

function serverElement({ name, id, address, source, weight, state, health }: ServerStatus): Element {
  return element(
    'tr',
    {},
    element('td', { class: `tone ${marksOfStates[state]}` }, stateWords[state]),
    element('th', { scope: 'row' }, name),
    element('td', {}, id),
    element('td', {}, address),
    element('td', {}, source),
    element('td', { class: 'number' }, String(weight)),
    element('td', {}, health),
  );
}
