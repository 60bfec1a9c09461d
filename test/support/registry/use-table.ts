import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { Table } from '../../../src/aws/table.ts';
import { soon, startTable, tableName } from './registry.ts';

/** A table for the tests of a file, empty before each of them. */
export function useTable(): { readonly table: Table } {
  let dynamo: Awaited<ReturnType<typeof startTable>>;
  beforeAll(async () => {
    dynamo = await startTable();
  });
  afterAll(() => dynamo.stop());
  beforeEach(async () => {
    const { table } = dynamo;
    for (const row of await table.rows(tableName, soon())) await table.remove(row, row.revision, soon());
  });
  return {
    get table() {
      return dynamo.table;
    },
  };
}
