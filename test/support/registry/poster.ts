import { randomUUID } from 'node:crypto';
import { createDynamoTable } from '../../../src/aws/table.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { deadlineIn } from '../../../src/core/deadline.ts';
import { systemRandom } from '../../../src/core/random.ts';
import { retry } from '../../../src/core/retry.ts';
import { readPayload } from '../../../src/registry/payload.ts';
import { createRegistry } from '../../../src/registry/registry.ts';
import { candidate, configWith, tableName } from './registry.ts';

/**
 * A process that posts for several hosts at once, as fast as it can: `endpoint table posts host…`. Each host's container of the
 * shared service changes with every post, and so does a service that is the host's own.
 */
const [, , endpoint = '', name = '', posts = '', ...hosts] = process.argv;
if (hosts.length === 0 || !(Number(posts) > 0))
  throw new Error('endpoint, table, posts and hosts are needed');
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const table = createDynamoTable({
  name,
  random: systemRandom,
  target: { region: 'us-east-1', endpoint, credentials },
});
const registry = createRegistry({
  table,
  config: configWith(),
  random: systemRandom,
  now: () => Date.now(),
  newRevision: randomUUID,
});

/** Comes back after a 503 as clients do, for as long as a busy machine may take. */
const patience = { attempts: 20, baseMs: 500, maxMs: 5_000 };
const deadline = deadlineIn(systemClock, 240_000);

await Promise.all(
  hosts.map(async (host) => {
    for (let post = 1; post <= Number(posts); post += 1) {
      const candidates = [
        candidate('shared', { [`${host}-${post}`]: '10.0.0.1' }),
        candidate(`own-${host}-${post % 2}`, { [`own-${post}`]: '10.0.0.2' }),
      ];
      const payload = readPayload({ table: tableName, host, running: [], candidates }, false);
      const seen = await retry(patience, deadline, systemRandom, () => registry.accept(payload, deadline));
      const shared = seen.services.find(({ serviceName }) => serviceName === 'shared');
      if (!shared?.containers.some(({ id }) => id === `${host}-${post}`)) {
        throw new Error(`${host} does not see its own post ${post}`);
      }
    }
  }),
);
