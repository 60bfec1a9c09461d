import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLogger } from '../../src/core/logger.ts';
import { composeRegistry } from '../../src/registry/compose.ts';
import { candidate, configWith, soon, startTable, tableName } from '../support/registry/registry.ts';

let dynamo: Awaited<ReturnType<typeof startTable>>;
beforeAll(async () => {
  dynamo = await startTable();
});
afterAll(() => dynamo.stop());

it('logs what HAProxy has against a configuration, once for each', async () => {
  const lines: string[] = [];
  const logger = createLogger('error', {}, { write: (line) => void lines.push(line) });
  const config = configWith({ TABLE_NAME: dynamo.name, TABLES: tableName });
  const app = composeRegistry(config, logger, {
    target: dynamo.target,
    check: async (text) => (text.includes('10.0.0.2') ? ['no such thing as 10.0.0.2'] : []),
  });
  const post = (ip: string) =>
    app.generate({ table: tableName, running: [], candidates: [candidate('web', { w1: ip })] }, soon());
  await post('10.0.0.1');
  expect(lines).toEqual([]);
  expect(await post('10.0.0.2')).toContain('10.0.0.2');
  await post('10.0.0.2');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('no such thing as 10.0.0.2');
});
