import { resolve } from 'node:path';
import { createRegistryTable, startDynamo } from '../../../src/local/dynamodb.ts';
import { freePorts } from '../../../src/sandbox/free-ports.ts';
import type { Built } from '../built.ts';
import { type Fault, type FaultyFront, startFaultyFront } from '../http/faulty-front.ts';
import { tableName } from '../registry/registry.ts';
import { isWell, startBundle } from './program.ts';

/** The registry as a process, on a DynamoDB behind a front that can misbehave; `await using` stops all of it. */
export interface ServedRegistry extends AsyncDisposable {
  readonly url: string;
  readonly front: FaultyFront;
}

export async function startServedRegistry({ cli }: Pick<Built, 'cli'>): Promise<ServedRegistry> {
  const dynamo = await startDynamo();
  await createRegistryTable(dynamo.target, tableName);
  const { endpoint, region, credentials } = dynamo.target;
  const { hostname: host, port } = new URL(endpoint);
  const front = await startFaultyFront({ host, port: Number(port) });
  const [listen = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${listen}`;
  const program = await startBundle({
    name: 'the registry',
    args: [resolve(cli), 'registry', 'serve', '--table', tableName, '--listen', `127.0.0.1:${listen}`],
    isReady: () => isWell(`${url}/healthz`),
    environment: {
      AWS_ENDPOINT_URL_DYNAMODB: `http://${front.host}:${front.port}`,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
  });
  return {
    url,
    front,
    [Symbol.asyncDispose]: async () => {
      await program.stop();
      await front.close();
      await dynamo[Symbol.asyncDispose]();
    },
  };
}

/** What DynamoDB answers to a call that is too many. */
export const throttled: Fault = {
  status: 400,
  type: 'application/x-amz-json-1.0',
  body: JSON.stringify({
    __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
    message: 'The level of configured provisioned throughput for the table was exceeded.',
  }),
};
