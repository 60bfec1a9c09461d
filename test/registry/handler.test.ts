import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { handler as Handler } from '../../src/registry/handler.ts';
import type { EventAnswer } from '../../src/registry/http/gateway-events.ts';
import { candidate, startTable, tableName } from '../support/registry/registry.ts';

let dynamo: Awaited<ReturnType<typeof startTable>>;
let handler: typeof Handler;

beforeAll(async () => {
  dynamo = await startTable();
  const { region, endpoint, credentials } = dynamo.target;
  vi.stubEnv('TABLE_NAME', dynamo.name);
  vi.stubEnv('TABLES', tableName);
  vi.stubEnv('LOG_LEVEL', 'silent');
  vi.stubEnv('AWS_REGION', region);
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', endpoint);
  vi.stubEnv('AWS_ACCESS_KEY_ID', credentials.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials.secretAccessKey);
  ({ handler } = await import('../../src/registry/handler.ts'));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await dynamo.stop();
});

const payload = { table: tableName, running: [], candidates: [candidate('web', { w1: '10.0.0.1' })] };
const context = { getRemainingTimeInMillis: () => 10_000 };

it('answers a bare payload with the configuration', async () => {
  expect(await handler(payload, context)).toContain('server s_w1 10.0.0.1:8080');
});

it('throws what is wrong with a bare payload, in the words of the HTTP answer', async () => {
  await expect(handler({ table: tableName }, context)).rejects.toThrow(
    'The payload is invalid.\n- running is required',
  );
  await expect(handler('text', context)).rejects.toThrow('payload must be of type object');
});

it('answers events of every front end alike', async () => {
  const body = JSON.stringify(payload);
  const rest = { httpMethod: 'POST', path: '/generate', headers: null, body };
  const http = {
    version: '2.0',
    rawPath: '/prod/generate',
    rawQueryString: '',
    headers: { 'accept-encoding': 'gzip' },
    requestContext: { stage: 'prod', http: { method: 'POST' } },
    body: Buffer.from(body).toString('base64'),
    isBase64Encoded: true,
  };
  const url = {
    ...http,
    rawPath: '/generate',
    headers: null,
    requestContext: { stage: '$default', http: { method: 'POST' } },
  };
  const bare = await handler(payload, context);
  expect(await handler(rest, context)).toMatchObject({ statusCode: 200, body: bare });
  expect(await handler(url, context)).toMatchObject({ statusCode: 200, body: bare });
  const zipped = (await handler(http, context)) as EventAnswer;
  expect(zipped).toMatchObject({ isBase64Encoded: true, headers: { 'content-encoding': 'gzip' } });
  expect(gunzipSync(Buffer.from(zipped.body, 'base64')).toString()).toBe(bare);
});

it('answers 503 when its time is over', async () => {
  const event = { httpMethod: 'GET', path: '/config', headers: null };
  const late = { getRemainingTimeInMillis: () => 1_000 };
  expect(await handler(event, late)).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } });
});
