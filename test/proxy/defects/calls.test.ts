import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { result, startFunctionEndpoint } from '../../support/proxy/function-endpoint.ts';
import { before, fine, held, told, usageOf, valuesOf } from '../../support/proxy/one-function.ts';
import { startTestProxy } from '../../support/proxy/proxy.ts';
import type { FileKeys } from '../../support/proxy/served-proxy.ts';
import { waitUntil } from '../../support/wait-until.ts';

/** What lambda-reverse-proxy gets wrong; the numbers are those of the list of its defects. */
describe('routes', () => {
  it('are found whatever the case, the port and the final dot of a host (15)', async () => {
    await using setting = await before(fine, { hostname: 'foo.example' });
    for (const host of ['foo.example', 'FOO.Example', 'foo.example:81', 'foo.example.', 'foo.example.:80']) {
      expect(told(await setting.send({ host }))).toBe('200 fine');
    }
    expect((await setting.send({ host: 'bar.example' })).status).toBe(404);
  });

  it('know addresses of IPv6, one label for a star, paths and a default (15)', async () => {
    await using endpoint = await startFunctionEndpoint(({ path }) =>
      result({ statusCode: 200, body: path.split('/')[3] }),
    );
    const route = (name: string, keys: FileKeys): FileKeys => ({
      endpoint: endpoint.url,
      function_name: name,
      ...keys,
    });
    await using proxy = await startTestProxy({
      local: [
        route('six', { hostname: '[::1]' }),
        route('star', { hostname: '*.example' }),
        route('api', { hostname: '*.example', path_prefix: '/api' }),
        route('rest', { hostname: '*' }),
      ],
    });
    expect(told(await proxy.send({ host: '[::1]:8080' }))).toBe('200 six');
    expect(told(await proxy.send({ host: 'a.example' }))).toBe('200 star');
    expect(told(await proxy.send({ host: 'a.example', target: '/api/x' }))).toBe('200 api');
    expect(told(await proxy.send({ host: 'a.example', target: '/apix' }))).toBe('200 star');
    expect(told(await proxy.send({ host: 'a.b.example' }))).toBe('200 rest');
  });

  it('keep connections to their functions (16)', async () => {
    await using setting = await before(fine);
    for (let at = 0; at < 5; at += 1) await setting.send();
    expect(setting.endpoint.connections).toBe(1);
  });

  it('take /ping and /healthz where the proxy is told to leave them (26)', async () => {
    await using setting = await before(fine, {}, { internal_routes: false });
    expect(told(await setting.send({ target: '/ping' }))).toBe('200 fine');
    expect(told(await setting.send({ target: '/healthz' }))).toBe('200 fine');
    await using prefixed = await before(fine, {}, { internal_route_prefix: 'internal' });
    expect(told(await prefixed.send({ target: '/ping' }))).toBe('200 fine');
    expect(told(await prefixed.send({ target: '/internal/ping' }))).toBe('200 pong');
  });

  it('name functions as other emulators do (28)', async () => {
    await using setting = await before(fine, { function_name: 'my-stack-Fn' });
    await setting.send();
    expect(setting.endpoint.calls[0]?.path).toBe('/2015-03-31/functions/my-stack-Fn/invocations');
  });
});

describe('calls', () => {
  it.each([500, 502, 429])('are never repeated after an answer of %d (17)', async (status) => {
    await using setting = await before(() => ({ status, payload: '{"Message":"no"}' }));
    expect((await setting.send({ method: 'POST', body: 'once' })).status).toBe(status === 429 ? 429 : 502);
    expect(setting.endpoint.calls).toHaveLength(1);
  });

  it('run on several endpoints at once, and wait in a queue with an end (20)', async () => {
    const first = held();
    const second = held();
    await using one = await startFunctionEndpoint(first.answer);
    await using other = await startFunctionEndpoint(second.answer);
    const route = { hostname: '*', endpoints: [one.url, other.url], queue: { size: 1 } };
    await using proxy = await startTestProxy({ local: [route] });
    const answers = [proxy.send(), proxy.send(), proxy.send()];
    await waitUntil('two calls and one that waits', async () => {
      const { inUse, queued } = await usageOf(proxy);
      return inUse === 2 && queued === 1;
    });
    await waitUntil('a call at each', () => one.calls.length === 1 && other.calls.length === 1);
    const refused = await proxy.send();
    expect(told(refused)).toBe('503 {"message":"Service Unavailable"}');
    expect(valuesOf(refused, 'retry-after')).toEqual(['1']);
    first.release();
    await waitUntil('the third call', () => one.calls.length === 2);
    first.release();
    second.release();
    expect((await Promise.all(answers)).map(told)).toEqual(['200 fine', '200 fine', '200 fine']);
  });

  it('leave the queue when their time is over (20)', async () => {
    const { answer, release } = held();
    await using setting = await before(answer, { queue: { timeout: '100ms' } });
    const running = setting.send();
    await waitUntil('the first call', () => setting.endpoint.calls.length === 1);
    expect(told(await setting.send())).toBe('503 {"message":"Service Unavailable"}');
    release();
    expect(told(await running)).toBe('200 fine');
  });

  it('are not made for a client that left the queue (21)', async () => {
    const { answer, release } = held();
    await using setting = await before(answer);
    const running = setting.send();
    await waitUntil('the first call', () => setting.endpoint.calls.length === 1);
    const leaving = connect(setting.proxy.port, '127.0.0.1');
    leaving.write('GET /left HTTP/1.1\r\nhost: a\r\n\r\n');
    await waitUntil('the one that waits', async () => (await usageOf(setting.proxy)).queued === 1);
    leaving.destroy();
    await waitUntil('nobody to wait', async () => (await usageOf(setting.proxy)).queued === 0);
    release();
    await running;
    expect(setting.endpoint.calls).toHaveLength(1);
    expect(setting.proxy.lines).toContainEqual(
      expect.objectContaining({ path: '/left', status: 499, error: 'client_closed' }),
    );
  });
});
