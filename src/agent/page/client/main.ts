import { type Filter, matching } from './model/filter.ts';
import { afterChange, type Known, knownFrom } from './model/known.ts';
import type { ServiceView } from './model/service-view.ts';
import { follow } from './stream.ts';
import { createBanners } from './view/banners.ts';
import { byId, setText } from './view/elements.ts';
import { createFacts } from './view/facts.ts';
import { createFilterBar } from './view/filter-bar.ts';
import { createFindings } from './view/findings.ts';
import { ServiceList } from './view/service-list.ts';
import { createSources } from './view/sources.ts';
import { keepTimes } from './view/times.ts';

let known: Known | undefined;
/** Since when the agent is not heard, in milliseconds. */
let lostAt: number | undefined;
let isDrawing = false;
/** What the list shows. */
let listed: { readonly services: readonly ServiceView[]; readonly filter: Filter } | undefined;

const showBanners = createBanners(byId('banners'));
const showFacts = createFacts(byId('facts'));
const showSources = createSources(byId('sources'));
const showFindings = createFindings();
const list = new ServiceList(byId('services'));
const bar = createFilterBar(drawSoon);

/** However much is told or typed, the page is drawn once a frame, and never while nobody sees it. */
function drawSoon(): void {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    draw();
  });
}

function draw(): void {
  showBanners(known?.overview, lostAt);
  document.body.classList.toggle('stale', lostAt !== undefined);
  if (!known) return;
  const { overview, services, heardAt } = known;
  showFacts(overview);
  showSources(overview.sources, heardAt);
  showFindings(overview);
  drawServices(services, bar.filter());
}

function drawServices(services: readonly ServiceView[], filter: Filter): void {
  if (services === listed?.services && filter === listed.filter) return;
  listed = { services, filter };
  const shown = matching(services, filter);
  list.show(shown);
  bar.showCounts(services, shown.length);
  setText(byId('no-services'), nothingWords(services.length, shown.length));
}

/** What stands where there is no service to show. */
function nothingWords(all: number, shown: number): string {
  if (shown > 0) return '';
  return all === 0 ? 'No source tells of a service.' : 'No service matches the filter.';
}

follow({
  status(status) {
    // Another version of the agent brings another page.
    if (known && known.overview.version !== status.version) location.reload();
    known = knownFrom(status, Date.now());
    lostAt = undefined;
    drawSoon();
  },
  change(change) {
    if (!known) return;
    known = afterChange(known, change, Date.now());
    drawSoon();
  },
  lost() {
    lostAt ??= Date.now();
    drawSoon();
  },
});
keepTimes();
closeWhereNarrow();

/** Beside the services there is room for all; above them it would be in the way. */
function closeWhereNarrow(): void {
  if (matchMedia('(min-width: 72rem)').matches) return;
  for (const details of document.querySelectorAll('details')) details.open = false;
}
