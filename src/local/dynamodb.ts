import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CreateTableCommand,
  DynamoDBClient,
  ResourceInUseException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { AppError, systemCodeOf } from '../core/errors.ts';

/** How an SDK client reaches a DynamoDB. */
export interface DynamoTarget {
  region?: string;
  endpoint?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
}

/** A DynamoDB in this process; `await using` stops it. */
export interface EmbeddedDynamo extends AsyncDisposable {
  /** How an SDK client reaches it. */
  readonly target: Required<DynamoTarget>;
}

/**
 * Starts dynalite, which speaks DynamoDB's API of 2012-08-10, on a free port of the loopback address.
 * @param folder where its data is kept, made when it is not there; without one, in memory
 * @throws AppError CONFIG_INVALID when another process uses the folder, NOT_FOUND without dynalite
 */
export async function startDynamo(folder?: string): Promise<EmbeddedDynamo> {
  const dynalite = await loadDynalite();
  if (folder !== undefined) await claim(folder);
  const data = folder === undefined ? {} : { path: join(folder, 'dynamodb') };
  const server = dynalite({ createTableMs: 0, ...data });
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
      if (folder !== undefined) await rm(ownerFile(folder), { force: true });
    },
  };
}

/** Only who needs it waits for it to load, or has to have it. */
async function loadDynalite() {
  try {
    return (await import('dynalite')).default;
  } catch (cause) {
    const advice = 'install it beside lambda-registrator: npm install dynalite@4';
    throw new AppError('NOT_FOUND', `The embedded DynamoDB needs the package dynalite; ${advice}.`, {
      cause,
    });
  }
}

const ownerFile = (folder: string): string => join(folder, 'owner.pid');

/** Makes the folder this process's own: of two that open one database, dynalite ends the second without a reason. */
async function claim(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const owner = Number(await readFile(ownerFile(folder), 'utf8').catch(() => ''));
  if (owner > 0 && owner !== process.pid && isAlive(owner)) {
    throw new AppError('CONFIG_INVALID', `The folder ${folder} is in use by the process ${owner}.`);
  }
  await writeFile(ownerFile(folder), String(process.pid), { mode: 0o600 });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCodeOf(error) === 'EPERM';
  }
}

/** Seconds: dynalite makes a table within a millisecond. */
const tableWait = { minDelay: 0.01, maxDelay: 1, maxWaitTime: 60 };

/**
 * Creates the table that the registry expects, two strings `pk` and `sk` as its key, unless a table has that name already, and
 * waits until it can be written.
 * @throws the SDK's error when DynamoDB refuses anything else or is not there
 */
export async function createRegistryTable(target: DynamoTarget, name: string): Promise<void> {
  const client = new DynamoDBClient(target);
  try {
    await create(client, name);
    await waitUntilTableExists({ client, ...tableWait }, { TableName: name });
  } finally {
    client.destroy();
  }
}

async function create(client: DynamoDBClient, name: string): Promise<void> {
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
  }
}
