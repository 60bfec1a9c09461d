import { troubleLines } from './reconciled-lines.ts';
import { ensure, type Stage } from './telling.ts';

/** Columns of the catalog that tell something. */
const columns = ['service', 'node', 'function', 'mode', 'route'] as const;

/** The first full sync: what AWS has is put into Consul. */
export async function firstSync({ system, telling }: Stage): Promise<void> {
  telling.chapter('The schedule asks for a full sync: tagged functions are services of Consul');
  const { outcome } = await system.registrator.sync();
  if (outcome instanceof Error) throw outcome;
  const { report, catalog } = outcome;
  telling.sawTable(
    columns,
    catalog.filter((row) => row.function !== ''),
  );
  telling.saw(...troubleLines(report));
  const { created, skipped, failed } = report.counts;
  telling.saw(`${created} created, ${skipped} skipped, ${failed} failed`);
  const counts = { created, skipped, failed };
  const expected = { created: 9, skipped: 1, failed: 1 };
  ensure(JSON.stringify(counts) === JSON.stringify(expected), JSON.stringify(expected), counts);
}
