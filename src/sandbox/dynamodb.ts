import { once } from 'node:events';
import { CreateTableCommand, DynamoDBClient, ResourceInUseException } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import type { AwsTarget } from '../aws/client.ts';

/** A DynamoDB in this process; `await using` stops it. */
export interface EmbeddedDynamo extends AsyncDisposable {
  /** How an SDK client reaches it. */
  readonly target: Required<AwsTarget>;
}

/**
 * Starts dynalite on a free port of the loopback address.
 * @param folder where its data is kept; without one, in memory

 */
export async function startDynamo(folder?: string): Promise<EmbeddedDynamo> {
  const server = dynalite({ createTableMs: 0, ...(folder === undefined ? {} : { path: folder }) });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return {
    target: {
      region: 'us-east-1',
      endpoint: `http://127.0.0.1:${address.port}`,
      credentials: { accessKeyId: 'embedded', secretAccessKey: 'embedded' },
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
      });
    },
  };
}

/** Creates the table that the registry expects, unless it is there already. */
export async function createRegistryTable(target: AwsTarget, name: string): Promise<void> {
  const client = new DynamoDBClient(target);
  try {
    await client.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'S' },
        ],
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  } finally {
    client.destroy();
  }
}
