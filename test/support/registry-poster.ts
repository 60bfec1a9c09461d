import { randomUUID } from 'node:crypto';
import { createDynamoTable } from '../../src/aws/table.ts';
import { systemClock } from '../../src/core/clock.ts';
import { deadlineIn } from '../../src/core/deadline.ts';
import { systemRandom } from '../../src/core/random.ts';
import { readPayload } from '../../src/registry/payload.ts';
import { createRegistry } from '../../src/registry/registry.ts';
import { candidate, configWith, tableName } from './registry.ts';

/**
 * A process that posts for several hosts at once, as fast as it can: `endpoint table posts host…`. Each host's container of the
 * shared service changes with every post, and so does a service that is the host's own.
 */
const [, , endpoint = '', name = '', posts = '', ...hosts] = process.argv;
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

await Promise.all(
  hosts.map(async (host) => {
    for (let post = 1; post <= Number(posts); post += 1) {
      const candidates = [
        candidate('shared', { [`${host}-${post}`]: '10.0.0.1' }),
        candidate(`own-${host}-${post % 2}`, { [`own-${post}`]: '10.0.0.2' }),
      ];
      const payload = readPayload({ table: tableName, host, running: [], candidates }, false);
      const seen = await registry.accept(payload, deadlineIn(systemClock, 60_000));
      const shared = seen.services.find(({ serviceName }) => serviceName === 'shared');
      if (!shared?.containers.some(({ id }) => id === `${host}-${post}`)) {
        throw new Error(`${host} does not see its own post ${post}`);
      }
    }
  }),
);
