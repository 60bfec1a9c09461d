import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Deadline } from '../core/deadline.ts';
import type { Random } from '../core/random.ts';
import { createCaller } from './limited-calls.ts';
import { type AwsTarget, clientOptions } from './client.ts';

/** `random` gives numbers in [0, 1) for the waits between attempts. */
/** The primary key of a row. */
interface Key {
  pk: string;
  sk: string;
}

/** A DynamoDB item of the registry. */
export interface Row extends Key {
  /** Different after every write. */
  revision: string;
  /** The version of `document`'s form. */
  schema: number;
  /** Epoch seconds after which DynamoDB may remove the row. */
  expires?: number;
  document: string;
}

/** Calls are repeated on throttling and server errors until the deadline; they throw as `awsError` says. */
export interface Table {
  /**
   * Every row of a partition, read consistently and from the last sort key to the first: a query is no snapshot, so a
   * row may be written after those behind it were read.
   */
  rows(pk: string, deadline: Deadline): Promise<Row[]>;
  /** Writes a row over the one at revision `expected`, or where there is none when that is undefined; false: it was not so. */
  put(row: Row, expected: string | undefined, deadline: Deadline): Promise<boolean>;
  /** Gives an existing row a new revision and no end of life; false: there is none. */
  touch(key: Key, revision: string, deadline: Deadline): Promise<boolean>;
  /** Removes a row at revision `expected`; false: it is not there or not at that revision. */
  remove(key: Key, expected: string, deadline: Deadline): Promise<boolean>;
  /** Requests sent so far, repeated ones included. */
  calls(): number;
}

export interface TableOptions {
  name: string;
  random: Random;
  target?: AwsTarget;
}

/** Reads and writes one DynamoDB table, called `name`, with the string keys `pk` and `sk`. */
export function createDynamoTable({ name: TableName, random, target }: TableOptions): Table {
  const client = new DynamoDBClient(clientOptions(target));
  const caller = createCaller(random);

  function call<Answer>(
    operation: string,
    deadline: Deadline,
    send: (signal: { abortSignal: AbortSignal }) => Promise<Answer>,
  ): Promise<Answer> {
    const request = { action: `dynamodb:${operation}`, resource: `table ${TableName}` };
    return caller.call(request, deadline, (abortSignal) => send({ abortSignal }));
  }

  return {
    async rows(pk, deadline) {
      const rows: Row[] = [];
      let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
      do {
        const query = new QueryCommand({
          TableName,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': { S: pk } },
          ConsistentRead: true,
          ScanIndexForward: false,
          ExclusiveStartKey,
        });
        const page = await call('Query', deadline, (signal) => client.send(query, signal));
        rows.push(...(page.Items ?? []).map(rowOf));
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey);
      return rows;
    },

    put(row, expected, deadline) {
      const put = new PutItemCommand({ TableName, Item: itemOf(row), ...atRevision(expected) });
      return call('PutItem', deadline, (signal) => whetherMet(client.send(put, signal)));
    },

    touch({ pk, sk }, revision, deadline) {
      const update = new UpdateItemCommand({
        TableName,
        Key: { pk: { S: pk }, sk: { S: sk } },
        UpdateExpression: 'SET revision = :new REMOVE expires',
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeValues: { ':new': { S: revision } },
      });
      return call('UpdateItem', deadline, (signal) => whetherMet(client.send(update, signal)));
    },

    remove({ pk, sk }, expected, deadline) {
      const remove = new DeleteItemCommand({
        TableName,
        Key: { pk: { S: pk }, sk: { S: sk } },
        ...atRevision(expected),
      });
      return call('DeleteItem', deadline, (signal) => whetherMet(client.send(remove, signal)));
    },

    calls: () => caller.sent(),
  };
}

/**
 * The bytes of a row as DynamoDB counts them: names and text in UTF-8, a number at most 21
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html).
 */
export function rowSize({ pk, sk, revision, document }: Row): number {
  const names = ['pk', 'sk', 'revision', 'schema', 'expires', 'document'];
  return Buffer.byteLength([...names, pk, sk, revision, document].join('')) + 2 * 21;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-items */
export const largestRow = 400 * 1024;

function atRevision(revision: string | undefined) {
  return revision === undefined
    ? { ConditionExpression: 'attribute_not_exists(pk)' }
    : { ConditionExpression: 'revision = :old', ExpressionAttributeValues: { ':old': { S: revision } } };
}

async function whetherMet(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

function itemOf({ pk, sk, revision, schema, expires, document }: Row): Record<string, AttributeValue> {
  return {
    pk: { S: pk },
    sk: { S: sk },
    revision: { S: revision },
    schema: { N: String(schema) },
    ...(expires === undefined ? {} : { expires: { N: String(expires) } }),
    document: { S: document },
  };
}

/** What another program wrote comes out with empty texts and the schema NaN. */
function rowOf({ pk, sk, revision, schema, expires, document }: Record<string, AttributeValue>): Row {
  return {
    pk: pk?.S ?? '',
    sk: sk?.S ?? '',
    revision: revision?.S ?? '',
    schema: Number(schema?.N),
    ...(expires?.N === undefined ? {} : { expires: Number(expires.N) }),
    document: document?.S ?? '',
  };
}
