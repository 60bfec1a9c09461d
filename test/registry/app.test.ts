import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/core/errors.ts';
import { fitsLambda } from '../../src/registry/http/gateway-events.ts';
import {
  MemoryTable,
  type TestRegistry,
  candidate,
  registryOn,
  running,
  tableName,
} from '../support/registry/registry.ts';

let table: MemoryTable;
let registry: TestRegistry;

beforeEach(() => {
  table = new MemoryTable();
  registry = registryOn(table);
});

const payload = { table: tableName, running: [], candidates: [candidate('web', { w1: '10.0.0.1' })] };
const post = (body: unknown = payload, headers: Record<string, string> = {}) =>
  registry.send('POST', '/generate', { body, headers });
const jsonOf = ({ body }: { body: string | Buffer }): unknown => JSON.parse(body.toString());

describe('POST /generate', () => {
  it('answers with the configuration as plain text', async () => {
    const { status, headers, body } = await post();
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      etag: expect.stringMatching(/^W\/"[0-9a-f]{32}"$/) as string,
      vary: 'Accept, Accept-Encoding',
    });
    expect(body).toMatch(/\nbackend r_web\.example\.com\n[^]*server s_w1 10\.0\.0\.1:8080 [^]*\n$/);
  });

  it('answers with everything as JSON on request', async () => {
    await registry.post({ host: 'other', running: running({ 'ghost/g1': '10.0.0.9' }) });
    const answer = await post(payload, { accept: 'application/json' });
    expect(jsonOf(answer)).toEqual({
      config: expect.stringContaining('backend r_web.example.com') as string,
      revision: /"(.*)"/.exec(answer.headers['etag'] ?? '')?.[1],
      services: [
        {
          serviceName: 'web',
          configMode: 'host',
          predicate: 'web.example.com',
          port: 8080,
          containers: [{ id: 'w1', ip: '10.0.0.1' }],
        },
      ],
      unknown: [{ serviceName: 'ghost', id: 'g1', ip: '10.0.0.9' }],
      conflicts: [],
    });
    expect(answer.headers['x-unknown-services']).toBe('ghost');
  });

  it.each([
    ['*/*', 'text/plain'],
    ['text/html, application/xhtml+xml, */*;q=0.8', 'text/plain'],
    ['application/json;q=0.5, text/plain;q=0.9', 'text/plain'],
    ['text/plain;q=0.5, application/json', 'application/json'],
    ['application/*', 'application/json'],
    ['image/png', 'text/plain'],
    ['application/vnd.lambda-registry.v1+json', 'application/vnd.lambda-registry.v1+json'],
  ])('answers Accept: %s with %s', async (accept, type) => {
    expect((await post(payload, { accept })).headers['content-type']).toBe(`${type}; charset=utf-8`);
  });

  it('answers callers without a preference with one JSON string where that is configured', async () => {
    registry = registryOn(table, { DEFAULT_ANSWER: 'legacy' });
    const text = (await post(payload, { accept: 'text/plain' })).body;
    expect(jsonOf(await post())).toBe(text);
    expect(jsonOf(await post(payload, { accept: '*/*' }))).toBe(text);
    expect(jsonOf(await post(payload, { accept: 'application/json' }))).toMatchObject({ config: text });
  });

  it('answers 304 to callers who have the configuration already, once the state is stored', async () => {
    const { headers } = await post();
    const tag = headers['etag'] ?? '';
    const other = { ...payload, host: 'other', candidates: [], running: running({ 'web/w1': '10.0.0.1' }) };
    const again = await post(other, { 'if-none-match': `"x", ${tag.replace('W/', '')}` });
    expect(again).toMatchObject({ status: 304, body: '', headers: { etag: tag } });
    expect([...table.items.keys()]).toContain(`${tableName} HOST#other`);
    expect((await post(payload, { 'if-none-match': 'W/"other"' })).status).toBe(200);
  });

  it('gives a new revision when an option of the file changes', async () => {
    const { headers } = await post();
    registry = registryOn(table, { BIND: ':81' });
    expect((await post()).headers['etag']).not.toBe(headers['etag']);
  });

  it.each(['gzip', 'br, GZIP;q=0.5', '*'])('compresses for Accept-Encoding: %s', async (encoding) => {
    const plain = await post();
    const { headers, body } = await post(payload, { 'accept-encoding': encoding });
    expect(headers).toMatchObject({ 'content-encoding': 'gzip', etag: plain.headers['etag'] });
    expect(gunzipSync(body).toString()).toBe(plain.body);
  });

  it.each(['identity', 'gzip;q=0', 'br'])('does not compress for Accept-Encoding: %s', async (encoding) => {
    expect((await post(payload, { 'accept-encoding': encoding })).headers).not.toHaveProperty(
      'content-encoding',
    );
  });

  it('answers 400 with every invalid field', async () => {
    const answer = await post({ table: tableName, running: [{}], candidates: [{ port: 0 }] });
    expect(answer.headers['content-type']).toBe('application/problem+json');
    const { errors, ...problem } = jsonOf(answer) as { errors: { field: string; message: string }[] };
    expect(problem).toEqual({ type: 'about:blank', title: 'The payload is invalid', status: 400 });
    expect(errors).toContainEqual({
      field: 'candidates[0].port',
      message: 'must be a port from 1 to 65535, not 0',
    });
    expect(errors).toContainEqual({ field: 'running[0].id', message: 'is required' });
    expect(table.items.size).toBe(0);
  });

  it.each(['', '{', 'table=x'])('answers 400 to the body %j', async (body) => {
    expect(await post(body)).toMatchObject({ status: 400 });
  });

  it('answers 403 for a table that is not allowed, without naming those that are', async () => {
    const answer = await post({ ...payload, table: 'secrets' });
    expect(answer.status).toBe(403);
    expect(answer.body).not.toContain(tableName);
    expect(table.calls()).toBe(0);
  });

  it('answers 409 and 413 as problems', async () => {
    await post();
    const thief = candidate('thief', { t1: '10.0.0.2' }, { predicate: 'web.example.com' });
    const answer = await post({ ...payload, host: 'other', candidates: [thief] });
    expect(jsonOf(answer)).toMatchObject({ status: 409, errors: [{ field: 'candidates[0]' }] });
    const many = Array.from({ length: 9_000 }, (_, at) => ({
      serviceName: 'web',
      id: `${'x'.repeat(50)}${at}`,
      ip: '10.0.0.1',
    }));
    expect(await post({ table: tableName, running: many })).toMatchObject({ status: 413 });
  });

  it('cuts a long list of unknown services in the header, and not in the JSON', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 500 }, (_, at) => [`${'ghost'.repeat(10)}${at}/g`, '10.0.0.9']),
    );
    const answer = await post({ table: tableName, running: running(many) }, { accept: 'application/json' });
    expect(answer.headers['x-unknown-services']?.length).toBeLessThan(4_100);
    expect(answer.headers['x-unknown-services']).toMatch(/,\.\.\.$/);
    expect(jsonOf(answer)).toMatchObject({ unknown: { length: 500 } });
  });
});

describe('other resources', () => {
  beforeEach(async () => {
    await post();
  });

  it('gives the configuration without a change at GET /config', async () => {
    const calls = table.calls();
    const answer = await registry.send('GET', '/config');
    expect(answer.body).toBe((await post()).body);
    expect(table.calls()).toBe(calls + 2);
  });

  it('lists, shows and deletes services', async () => {
    expect(jsonOf(await registry.send('GET', '/services'))).toMatchObject({
      services: [{ serviceName: 'web' }],
    });
    expect(jsonOf(await registry.send('GET', '/services/web'))).toMatchObject({
      serviceName: 'web',
      port: 8080,
    });
    expect(await registry.send('GET', '/services/other')).toMatchObject({ status: 404 });
    expect(await registry.send('DELETE', '/services/web')).toMatchObject({ status: 204, body: '' });
    expect(await registry.send('DELETE', '/services/web')).toMatchObject({ status: 404 });
    expect(jsonOf(await registry.send('GET', '/services'))).toEqual({ services: [] });
  });

  it('takes the only table for granted, and asks for one of several', async () => {
    registry = registryOn(table, { TABLES: `${tableName},other` });
    expect(await registry.send('GET', '/services')).toMatchObject({ status: 400 });
    expect(jsonOf(await registry.send('GET', '/services?table=other'))).toEqual({ services: [] });
    expect(await registry.send('GET', '/services?table=third')).toMatchObject({ status: 403 });
  });

  it('says that it is alive without asking the table', async () => {
    const calls = table.calls();
    expect(jsonOf(await registry.send('GET', '/healthz'))).toEqual({ status: 'ok' });
    expect(table.calls()).toBe(calls);
  });

  it('answers HEAD as GET without a body', async () => {
    const { status, headers, body } = await registry.send('HEAD', '/config');
    expect({ status, body }).toEqual({ status: 200, body: '' });
    expect(headers['etag']).toBeDefined();
  });

  it.each([
    ['GET', '/generate', 'POST'],
    ['POST', '/config', 'GET, HEAD'],
    ['PUT', '/services/web', 'GET, DELETE, HEAD'],
    ['OPTIONS', '/healthz', 'GET, HEAD'],
  ])('answers 405 to %s %s, and allows %s', async (method, path, allow) => {
    expect(await registry.send(method, path)).toMatchObject({ status: 405, headers: { allow } });
  });

  it.each(['/', '/other', '/services/a/b', '/generate/x', '//services', '/services//'])(
    'answers 404 at %s',
    async (path) => {
      expect(await registry.send('GET', path)).toMatchObject({ status: 404 });
    },
  );
});

describe('when the table fails', () => {
  const failWith = (error: Error): void => {
    table.before = async () => {
      throw error;
    };
  };
  afterEach(() => {
    table.before = () => Promise.resolve();
  });

  it.each(['UPSTREAM_THROTTLED', 'UPSTREAM_UNAVAILABLE', 'UPSTREAM_TIMEOUT', 'DEADLINE_EXCEEDED'] as const)(
    'answers 503 with Retry-After for %s',
    async (code) => {
      failWith(new AppError(code, 'dynamodb:Query of table secret-name'));
      const answer = await post();
      expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
      expect(answer.body).not.toContain('secret-name');
    },
  );

  it.each([new AppError('UPSTREAM_AUTH', 'grant dynamodb:Query'), new Error('a defect in /some/file')])(
    'answers 500 without details for %s',
    async (error) => {
      failWith(error);
      const answer = await post();
      expect(jsonOf(answer)).toEqual({
        type: 'about:blank',
        title: 'The registry failed; its log says why',
        status: 500,
        errors: [],
      });
    },
  );
});

it('refuses what Lambda could not answer with in the form asked for, and stores nothing', async () => {
  const lambda = registryOn(table, {}, undefined, fitsLambda);
  const ghosts = Array.from({ length: 27 }, (_, host) => ({
    host: `h${host}`,
    running: Array.from({ length: 2_500 }, (_, at) => ({
      serviceName: 'ghost',
      id: `${'i'.repeat(60)}-${host}-${at}`,
      ip: '10.0.0.1',
    })),
  }));
  for (const report of ghosts) await lambda.post(report);
  const items = new Map(table.items);
  const headers = { accept: 'application/json' };
  const large = await lambda.send('POST', '/generate', { body: payload, headers });
  expect(large.status).toBe(413);
  expect(table.items).toEqual(items);
  expect((await lambda.send('GET', '/config', { headers })).status).toBe(413);
  expect((await lambda.send('POST', '/generate', { body: payload })).status).toBe(200);
});

it('takes an empty Accept header for no preference', async () => {
  const legacy = registryOn(table, { DEFAULT_ANSWER: 'legacy' });
  const { headers } = await legacy.send('POST', '/generate', { body: payload, headers: { accept: '' } });
  expect(headers['content-type']).toContain('application/vnd.lambda-registry.v1+json');
});

it.each(['refuse', 'skip'])('renders and encodes an answer once (%s)', async (badCandidates) => {
  const measured: unknown[] = [];
  const environment = { BAD_CANDIDATES: badCandidates };
  const counting = registryOn(table, environment, undefined, (answer) => measured.push(answer) > 0);
  const request = {
    body: badCandidates === 'skip' ? { ...payload, running: [null] } : payload,
    headers: { 'accept-encoding': 'gzip' },
  };
  expect((await counting.send('POST', '/generate', request)).status).toBe(200);
  expect(measured).toHaveLength(1);
  await counting.send('POST', '/generate', request);
  expect(measured).toHaveLength(2);
});

it('answers with what others stored while a payload was written', async () => {
  const other = {
    table: tableName,
    host: 'other',
    running: [],
    candidates: [candidate('late', { l1: '10.0.0.2' })],
  };
  table.before = async (operation) => {
    if (operation !== 'put') return;
    table.before = () => Promise.resolve();
    expect((await post(other)).status).toBe(200);
  };
  expect((await post()).body).toContain('server s_l1 10.0.0.2:8080');
});

it('names the method and the path that lead nowhere, and finds names that are percent-encoded', async () => {
  await post();
  expect((await registry.send('POST', '/registry/generate')).body).toContain('POST /registry/generate');
  expect((await registry.send('DELETE', '/services/other')).body).toContain('DELETE /services/other');
  expect(await registry.send('GET', '/services/w%65b')).toMatchObject({ status: 200 });
  expect(await registry.send('GET', '/services/%zz')).toMatchObject({ status: 404 });
  expect(await registry.send('GET', '/services/web/')).toMatchObject({ status: 200 });
});
