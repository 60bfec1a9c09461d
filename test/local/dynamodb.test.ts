import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDynamoTable } from '../../src/aws/table.ts';
import { createRegistryTable, startDynamo } from '../../src/local/dynamodb.ts';
import { soon } from '../support/registry/registry.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dynamodb-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const row = { pk: 'p', sk: 's', revision: 'r', schema: 1, document: '{}' };

it('keeps its rows in the folder until the next start', async () => {
  for (const expected of [[], [row]]) {
    await using dynamo = await startDynamo(folder);
    await createRegistryTable(dynamo.target, 'services');
    const table = createDynamoTable({ name: 'services', random: () => 0, target: dynamo.target });
    expect(await table.rows('p', soon())).toEqual(expected);
    await table.put(row, undefined, soon());
  }
  expect(await readdir(folder)).toEqual(['dynamodb']);
});

it('refuses a folder that another process uses, and takes over that of one which is gone', async () => {
  await writeFile(join(folder, 'owner.pid'), String(process.ppid));
  await expect(startDynamo(folder)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  await writeFile(join(folder, 'owner.pid'), '4194305');
  await using dynamo = await startDynamo(folder);
  await createRegistryTable(dynamo.target, 'services');
});
