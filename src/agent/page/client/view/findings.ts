import type { ChangeStatus, ConflictStatus, ProblemStatus } from '../../../told/status.ts';
import type { Overview } from '../model/known.ts';
import { routeWords } from '../model/words.ts';
import { byId, element, rowsOf, setText } from './elements.ts';
import { instant } from './times.ts';

/** More of them help nobody on a page; `/status` has all. */
const mostRows = 200;

/** Shows conflicts, problems and the last changes, each with their number. */
export function createFindings(): (overview: Overview) => void {
  const conflicts = createFinding('conflicts', 'Every route belongs to one service.', conflictElement);
  const problems = createFinding('problems', 'Nothing that sources say had to be left out.', problemElement);
  const changes = createFinding('changes', 'Nothing has changed since the agent started.', changeElement);
  return (overview) => {
    conflicts(overview.conflicts);
    problems(overview.problems);
    changes(overview.changes);
  };
}

function createFinding<Item>(
  id: string,
  nothing: string,
  create: (item: Item) => Element,
): (items: readonly Item[]) => void {
  const count = byId(`${id}-count`);
  const note = byId(`${id}-note`);
  const show = rowsOf(byId(id), create);
  return (items) => {
    const left = items.length - mostRows;
    setText(count, items.length.toLocaleString('en'));
    show(items.slice(0, mostRows));
    setText(
      note,
      items.length === 0 ? nothing : left > 0 ? `${left.toLocaleString('en')} more are in /status.` : '',
    );
  };
}

function conflictElement({ host, path, winner, losers }: ConflictStatus): Element {
  return element(
    'li',
    {},
    element('code', {}, routeWords({ host, path })),
    ' goes to ',
    element('code', {}, winner),
    ', not to ',
    element('code', {}, losers.join(', ')),
  );
}

function problemElement({ source, service, instance, message }: ProblemStatus): Element {
  const place = [source, service, instance].filter((part) => part !== null).join(' / ');
  return element('li', {}, element('code', {}, place), ` ${message}`);
}

function changeElement({ at, how, reason, service, detail }: ChangeStatus): Element {
  const failed = how === 'rejected' || how === 'rollback';
  const row = element('li', {}, instant(at), ' ');
  row.append(element('span', { class: failed ? 'tone bad' : 'how' }, how), ` ${reason} `);
  if (service !== null) row.append(element('code', {}, service), ' ');
  row.append(element('span', { class: 'aside' }, detail));
  return row;
}
