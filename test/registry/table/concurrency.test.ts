import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { deadlineIn } from '../../../src/core/deadline.ts';
import { extent } from '../../support/explorations.ts';
import { registryOn, startTable, tableName } from '../../support/registry/registry.ts';

const posts = extent(10, 50);
const hostsOf = [0, 1, 2, 3].map((worker) => Array.from({ length: 5 }, (_, at) => `host-${worker}-${at}`));

it(
  `loses no update of 20 hosts that post ${posts} times at once from four processes`,
  { timeout: 300_000 },
  async () => {
    const dynamo = await startTable();
    try {
      const outcomes = await Promise.all(
        hostsOf.map(async (hosts) => {
          const args = [
            '--import',
            'tsx',
            'test/support/registry/poster.ts',
            dynamo.target.endpoint,
            dynamo.name,
            String(posts),
            ...hosts,
          ];
          const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
          const [said, [code]] = await Promise.all([
            text(child.stderr),
            once(child, 'exit') as Promise<[number]>,
          ]);
          return { code, said: code === 0 ? '' : said };
        }),
      );
      expect(outcomes).toEqual(hostsOf.map(() => ({ code: 0, said: '' })));
      const { services, unknown } = await registryOn(dynamo.table).view(
        tableName,
        deadlineIn(systemClock, 60_000),
      );
      const hosts = hostsOf.flat();
      expect(
        services.find(({ serviceName }) => serviceName === 'shared')?.containers.map(({ id }) => id),
      ).toEqual(hosts.map((host) => `${host}-${posts}`).toSorted());
      expect(services.map(({ serviceName }) => serviceName).filter((name) => name !== 'shared')).toEqual(
        hosts.map((host) => `own-${host}-0`).toSorted(),
      );
      expect(unknown).toEqual([]);
    } finally {
      await dynamo.stop();
    }
  },
);
