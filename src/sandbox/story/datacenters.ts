import { ensure, type Stage } from './telling.ts';
import { rowsMissingIn } from '../system/catalog.ts';

/** Functions move to another datacenter by a tag, and back. */
export async function movedFunction(stage: Stage): Promise<void> {
  const { telling, system } = stage;
  const { functions } = system;
  telling.chapter('A function moves to the other datacenter, and back');
  await functions.tag('orders', { datacenter: 'dc2' });
  telling.did('lambda-registrator sandbox tag orders datacenter=dc2');
  await moved(stage, ['- orders in dc1', '+ orders in dc2']);
  await functions.untag('orders', ['datacenter']);
  telling.did('lambda-registrator sandbox untag orders datacenter');
  await moved(stage, ['- orders in dc2', '+ orders in dc1']);
}

async function moved({ system, telling }: Stage, expected: readonly string[]): Promise<void> {
  const reconciled = await system.registrator.settled();
  if (reconciled?.outcome instanceof Error) throw reconciled.outcome;
  const { before = [], catalog = [] } = reconciled?.outcome ?? {};
  const lines = [
    ...rowsMissingIn(catalog, before).map(({ service, datacenter }) => `- ${service} in ${datacenter}`),
    ...rowsMissingIn(before, catalog).map(({ service, datacenter }) => `+ ${service} in ${datacenter}`),
  ];
  ensure(lines.join() === expected.join(), expected.join(', '), lines);
  telling.saw(...lines);
}
