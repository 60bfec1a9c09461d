import {
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { expect } from 'vitest';
import { createRegistryTable } from '../../src/local/dynamodb.ts';
import { type Aws, allPages, type Cases, refusal, unique } from './contract.ts';

const lost = ['ConditionalCheckFailedException', 400];
const create = { ConditionExpression: 'attribute_not_exists(pk)' };

function atRevision(revision: string) {
  return {
    ConditionExpression: 'revision = :old',
    ExpressionAttributeValues: { ':old': { S: revision } },
  };
}

interface Table {
  dynamodb: DynamoDBClient;
  TableName: string;
}

async function makeTable({ dynamodb, tables }: Aws): Promise<Table> {
  const TableName = unique('table');
  await createRegistryTable(tables, TableName);
  return { dynamodb, TableName };
}

function put(
  { dynamodb, TableName }: Table,
  sk: string,
  revision: string,
  more: Partial<PutItemCommandInput> = {},
) {
  const Item = { pk: { S: 'prod' }, sk: { S: sk }, revision: { S: revision } };
  return dynamodb.send(new PutItemCommand({ TableName, Item, ...more }));
}

function queryPages({ dynamodb, TableName }: Table) {
  return allPages(async (token) => {
    const command = new QueryCommand({
      TableName,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: 'prod' } },
      ConsistentRead: true,
      ScanIndexForward: false,
      ...(token === undefined ? {} : { ExclusiveStartKey: { pk: { S: 'prod' }, sk: { S: token } } }),
    });
    const { Items, LastEvaluatedKey } = await dynamodb.send(command);
    return { items: Items, next: LastEvaluatedKey?.['sk']?.S };
  });
}

async function itemsIn(table: Table): Promise<string[]> {
  const pages = await queryPages(table);
  return pages.flat().map(({ sk, revision }) => `${sk?.S}@${revision?.S}`);
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html */
export const dynamodbCases: Cases = {
  'an item is created once': async (aws) => {
    const table = await makeTable(aws);
    await put(table, 'a', '1', create);
    expect(await refusal(put(table, 'a', '2', create))).toEqual(lost);
    expect(await itemsIn(table)).toEqual(['a@1']);
  },

  'an item is replaced at the revision that was read': async (aws) => {
    const table = await makeTable(aws);
    await put(table, 'a', '1');
    expect(await refusal(put(table, 'a', '3', atRevision('2')))).toEqual(lost);
    await put(table, 'a', '2', atRevision('1'));
    expect(await refusal(put(table, 'absent', '2', atRevision('1')))).toEqual(lost);
    expect(await itemsIn(table)).toEqual(['a@2']);
  },

  'an item is deleted at the revision that was read': async (aws) => {
    const table = await makeTable(aws);
    await put(table, 'a', '1');
    const remove = (revision: string) =>
      table.dynamodb.send(
        new DeleteItemCommand({
          TableName: table.TableName,
          Key: { pk: { S: 'prod' }, sk: { S: 'a' } },
          ...atRevision(revision),
        }),
      );
    expect(await refusal(remove('2'))).toEqual(lost);
    await remove('1');
    expect(await itemsIn(table)).toEqual([]);
  },

  'an update does not bring back what is gone': async (aws) => {
    const table = await makeTable(aws);
    const command = new UpdateItemCommand({
      TableName: table.TableName,
      Key: { pk: { S: 'prod' }, sk: { S: 'gone' } },
      UpdateExpression: 'SET revision = :new REMOVE expires',
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeValues: { ':new': { S: '2' } },
    });
    expect(await refusal(table.dynamodb.send(command))).toEqual(lost);
    expect(await itemsIn(table)).toEqual([]);
  },

  'a query reads one partition backwards when asked to': async (aws) => {
    const table = await makeTable(aws);
    for (const sk of ['b', 'a', 'c']) await put(table, sk, '1');
    const Item = { pk: { S: 'other' }, sk: { S: 'd' } };
    await table.dynamodb.send(new PutItemCommand({ TableName: table.TableName, Item }));
    expect(await itemsIn(table)).toEqual(['c@1', 'b@1', 'a@1']);
  },

  'a page of a query holds 1 MB': async (aws) => {
    const table = await makeTable(aws);
    for (const sk of ['a', 'b', 'c', 'd', 'e']) await put(table, sk, 'x'.repeat(300 * 1024));
    const pages = await queryPages(table);
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.flat().map(({ sk }) => sk?.S)).toEqual(['e', 'd', 'c', 'b', 'a']);
  },

  'an item over 400 KB is refused': async (aws) => {
    const table = await makeTable(aws);
    const large = put(table, 'a', 'x'.repeat(400 * 1024));
    expect(await refusal(large)).toEqual(['ValidationException', 400]);
  },

  'a missing table is an error': async ({ dynamodb }) => {
    const missing = put({ dynamodb, TableName: unique('missing') }, 'a', '1');
    expect(await refusal(missing)).toEqual(['ResourceNotFoundException', 400]);
  },
};
