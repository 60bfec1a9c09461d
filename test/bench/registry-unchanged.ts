import { DescribeTableCommand, DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { createDynamoTable } from '../../src/aws/table.ts';
import { createRegistryTable, startDynamo } from '../../src/local/dynamodb.ts';
import { candidate, registryOn, tableName } from '../support/registry/registry.ts';
import { fastest, printTable, ratio } from './harness.ts';

/** A payload without news against describe, scan and one write a service, for the same services on the same DynamoDB. */
const services = 100;
const runs = 40;
const candidates = Array.from({ length: services }, (_, at) =>
  candidate(`service-${at}`, { [`container-${at}`]: `10.0.0.${at}` }),
);

await using dynamo = await startDynamo();

await createRegistryTable(dynamo.target, tableName);
const table = createDynamoTable({ name: tableName, random: Math.random, target: dynamo.target });
const registry = registryOn(table);
const payload = { host: 'docker-1', running: [], candidates };
await registry.post(payload);
const written = await itemsIn(tableName);
const callsBefore = table.calls();
await registry.post(payload);
const calls = table.calls() - callsBefore;
const unchanged = await fastest(runs, () => registry.post(payload));
const untouched = JSON.stringify(await itemsIn(tableName)) === JSON.stringify(written);

const rewritten = 'rewritten';
await createRegistryTable(dynamo.target, rewritten);
const client = new DynamoDBClient(dynamo.target);
await rewrite();
const rewriting = await fastest(runs, rewrite);
client.destroy();

async function itemsIn(name: string): Promise<unknown> {
  const { Items } = await new DynamoDBClient(dynamo.target).send(new ScanCommand({ TableName: name }));
  return Items;
}

async function rewrite(): Promise<void> {
  await client.send(new DescribeTableCommand({ TableName: rewritten }));
  await client.send(new ScanCommand({ TableName: rewritten }));
  const writes = candidates.map((service, at) => {
    const Item = { pk: { S: 'services' }, sk: { S: String(at) }, service: { S: JSON.stringify(service) } };
    return client.send(new PutItemCommand({ TableName: rewritten, Item }));
  });
  await Promise.all(writes);
}

printTable(`A payload without news, ${services} stored services`, [
  {
    what: 'calls to DynamoDB',
    figure: `${calls}, ${untouched ? 'nothing written' : 'something written'}`,
    goal: { text: '1, nothing written', isMet: calls === 1 && untouched },
  },
  ratio(`describe, scan and ${services} writes`, rewriting / unchanged, 'the registry', { atLeast: 5 }),
]);
