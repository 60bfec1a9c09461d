import type { APIGatewayProxyEventV2, StreamifyHandler } from 'aws-lambda';

/** Streams its answer line by line. */
export const handler: StreamifyHandler<APIGatewayProxyEventV2, void> = awslambda.streamifyResponse(
  async (_event: APIGatewayProxyEventV2, answer) => {
    const metadata = { statusCode: 200, headers: { 'content-type': 'text/plain; charset=utf-8' } };
    const body = awslambda.HttpResponseStream.from(answer, metadata);
    for (const line of ['three', 'two', 'one', 'lift-off']) body.write(`${line}\n`);
    body.end();
  },
);
