import { registryChapter } from '../../sandbox/registry-demo.ts';
import type { Terminal } from '../terminal.ts';
import { table } from '../table.ts';

/** Shows the registry with the HAProxy of this machine. */
export async function demonstrateRegistry(haproxy: string, terminal: Terminal): Promise<void> {
  terminal.print('\n# The registry: routes from what containers report');
  await registryChapter({
    haproxy,
    onStep: (title) => terminal.print(`\n## ${title}`),
    onConfigured: (rows) =>
      terminal.print(`HAProxy serves:\n${table(['route', 'service', 'servers'], rows)}\n`),
    onAsked: (request, answeredBy) => terminal.print(`$ ${request}\n  ${answeredBy.join(', ')}`),
  });
}
