import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holds, routeTo, useFunction } from '../../support/proxy/function-stub.ts';
import { post, request } from '../../support/http/connection.ts';
import {
  type BuiltProxy,
  buildProxy,
  type ProxyProcess,
  useProxyProcess,
} from '../../support/proxy/process.ts';
import { useProxy } from '../../support/proxy/served-proxy.ts';
import { waitUntil } from '../../support/wait-until.ts';

describe('the access log', () => {
  it('has a line of known fields for each request', async () => {
    const stub = await useFunction((call) => call.answer({ statusCode: 201, body: 'hello' }));
    const proxy = await useProxy(routeTo(stub.url, 'path_prefix: /api, format: alb', 'foo.test'));
    const trace = 'Root=1-67891233-abcdef012345678912345678';
    await proxy.ask(post('abc', [`X-Amzn-Trace-Id: ${trace}`], '/api/x?secret=1', 'FOO.test:80'));
    const [line] = await proxy.logged(1);
    expect(line).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      level: 'info',
      msg: 'request',
      request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      trace_id: trace,
      method: 'POST',
      host: 'foo.test',
      path: '/api/x',
      status: 201,
      duration_ms: expect.any(Number),
      queue_ms: expect.any(Number),
      invoke_ms: expect.any(Number),
      bytes_in: 3,
      bytes_out: 5,
      source_ip: '127.0.0.1',
      route: 'foo.test/api',
      target: stub.url,
      format: 'alb',
    });
    expect(JSON.stringify(line)).not.toContain('secret');
  });

  it('is not written where nobody wants it, and counts go on', async () => {
    const stub = await useFunction();
    const proxy = await useProxy(`access_log: false\n${routeTo(stub.url)}`);
    await proxy.ask(request());
    await proxy.ask('nonsense\r\n\r\n');
    expect(proxy.lines).toEqual([]);
    expect(await proxy.metric('lambda_proxy_requests_total', { route: 'foo.test', code: '200' })).toBe(1);
    expect(await proxy.metric('lambda_proxy_requests_total', { route: 'none', code: '400' })).toBe(1);
  });

  it('tells odd bytes of clients in one line of JSON', async () => {
    const proxy = await useProxy('local: []');
    await proxy.ask(Buffer.from(request(`/"\\<>${'a'.repeat(5_000)}`), 'latin1'));
    const [line] = await proxy.logged(1);
    expect(String(line?.['path'])).toHaveLength(2_048);
  });
});

describe('the admin listener', () => {
  let built: BuiltProxy;
  beforeAll(async () => {
    built = await buildProxy();
  });
  afterAll(() => built.remove());

  async function given(): Promise<ProxyProcess> {
    const stub = await useFunction(holds);
    const proxy = await useProxyProcess(
      built,
      `${routeTo(stub.url)}  - { hostname: "*.bar.test", path_prefix: /api, endpoints: ["${stub.url}", "http://127.0.0.1:1"], concurrency: 3, format: raw }\n`,
    );
    const [running, waiting] = [await proxy.connect(), await proxy.connect()];
    running.send(request());
    await stub.call();
    waiting.send(request());
    await waitUntil('the queue', async () => (await proxy.routes())[0]?.queued === 1);
    return proxy;
  }

  it('shows every route with what goes on there', async () => {
    const proxy = await given();
    const routes = await proxy.routes();
    const [foo, bar] = routes;
    expect(foo).toEqual({
      hostname: 'foo.test',
      path_prefix: '/',
      kind: 'local',
      target: foo?.target,
      format: 'apigw-v2',
      slots: 1,
      in_use: 1,
      queued: 1,
    });
    expect(bar).toEqual({
      hostname: '*.bar.test',
      path_prefix: '/api',
      kind: 'local',
      target: `${foo?.target},http://127.0.0.1:1`,
      format: 'raw',
      slots: 4,
      in_use: 0,
      queued: 0,
    });
  });

  it('tells metrics in the format of Prometheus', async () => {
    const proxy = await given();
    await proxy.ask(request('/none', 'none.test'));
    const answer = await fetch(`http://127.0.0.1:${proxy.adminPort}/metrics`);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const text = await answer.text();
    for (const line of text.trimEnd().split('\n')) {
      expect(line).toMatch(
        /^(# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? [+-]?(\d+(\.\d+)?(e[+-]?\d+)?|Inf)|)$/,
      );
    }
    for (const [name, type] of Object.entries({
      lambda_proxy_requests_total: 'counter',
      lambda_proxy_request_duration_seconds: 'histogram',
      lambda_proxy_invoke_errors_total: 'counter',
      lambda_proxy_queue_length: 'gauge',
      lambda_proxy_slots_in_use: 'gauge',
      lambda_proxy_slots: 'gauge',
      lambda_proxy_connections: 'gauge',
      lambda_proxy_reloads_total: 'counter',
      lambda_proxy_source_up: 'gauge',
      lambda_proxy_source_last_success_timestamp_seconds: 'gauge',
    })) {
      expect(text.match(new RegExp(`^# TYPE ${name} ${type}$`, 'gm'))).toHaveLength(1);
    }
    for (const line of [
      'lambda_proxy_queue_length{route="foo.test"} 1',
      'lambda_proxy_slots_in_use{route="foo.test"} 1',
      'lambda_proxy_slots{route="foo.test"} 1',
      'lambda_proxy_slots{route="*.bar.test/api"} 4',
      'lambda_proxy_requests_total{route="none",code="404"} 1',
      'lambda_proxy_request_duration_seconds_count{route="none"} 1',
      'lambda_proxy_reloads_total{result="success"} 0',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
  });

  it('answers nothing else', async () => {
    const proxy = await given();
    expect((await proxy.admin('/')).status).toBe(404);
    expect((await proxy.admin('/routes/x')).status).toBe(404);
    const posted = await fetch(`http://127.0.0.1:${proxy.adminPort}/routes`, { method: 'POST' });
    expect(posted.status).toBe(404);
    const head = await fetch(`http://127.0.0.1:${proxy.adminPort}/healthz`, { method: 'HEAD' });
    expect(head.status).toBe(200);
  });
});
