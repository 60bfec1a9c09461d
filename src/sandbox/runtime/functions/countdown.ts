import { setTimeout as sleep } from 'node:timers/promises';
import type { APIGatewayProxyEventV2, StreamifyHandler } from 'aws-lambda';

/** Milliseconds between two lines. */
const pauseMs = 250;

/** Streams its answer line by line. */
export const handler: StreamifyHandler<APIGatewayProxyEventV2, void> = awslambda.streamifyResponse(
  async (_event: APIGatewayProxyEventV2, answer) => {
    const metadata = { statusCode: 200, headers: { 'content-type': 'text/plain; charset=utf-8' } };
    const body = awslambda.HttpResponseStream.from(answer, metadata);
    for (const line of ['three', 'two', 'one']) {
      body.write(`${line}\n`);
      await sleep(pauseMs);
    }
    body.end('lift-off\n');
  },
);
