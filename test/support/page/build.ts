import { buildPage } from '../../../scripts/page.ts';

/** Before any test: the status page as it is now, where an agent that runs from source finds it. */
export async function setup(): Promise<void> {
  await buildPage('src/agent/page');
}
