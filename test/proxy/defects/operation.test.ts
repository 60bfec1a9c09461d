import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { metricsText } from '../../../src/proxy/told/report.ts';
import { result, startFunctionEndpoint } from '../../support/proxy/function-endpoint.ts';
import { before, fine, held, told } from '../../support/proxy/one-function.ts';
import { startTestProxy } from '../../support/proxy/proxy.ts';
import { waitUntil } from '../../support/wait-until.ts';

/** What lambda-reverse-proxy gets wrong; the numbers are those of the list of its defects. */
describe('limits', () => {
  it('refuse a body that is too large before it is sent (22)', async () => {
    await using setting = await before(fine);
    expect(await headSent(setting.proxy.port, 'a', 7_000_000)).toMatch(/^HTTP\/1.1 413 /);
    expect(setting.endpoint.calls).toEqual([]);
  });

  it('look for the route before the body (22)', async () => {
    await using setting = await before(fine, { hostname: 'known.example' });
    expect(await headSent(setting.proxy.port, 'unknown.example', 5_000_000)).toMatch(/^HTTP\/1.1 404 /);
  });

  it('end a connection whose headers, or whose body, do not come (22)', async () => {
    await using setting = await before(
      fine,
      {},
      { limits: { header_timeout: '200ms', body_timeout: '200ms', grace: 1 } },
    );
    const silent = connect(setting.proxy.port, '127.0.0.1');
    silent.write('GET / HTTP/1.1\r\n');
    await once(silent.resume(), 'close');
    expect(await headSent(setting.proxy.port, 'a', 10)).toMatch(/^HTTP\/1.1 408 /);
  });

  it('end a request whose function takes too long (22)', async () => {
    const { answer, release } = held();
    await using setting = await before(answer, { timeout: '100ms' });
    expect(told(await setting.send())).toBe('504 {"message":"Gateway Timeout"}');
    release();
  });
});

/** Sends a head that promises a body, none of it, and gives the answer. */
async function headSent(port: number, host: string, length: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(`POST / HTTP/1.1\r\nhost: ${host}\r\ncontent-length: ${length}\r\n\r\n`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return answer.toString('latin1');
}

describe('failures', () => {
  it('have a status each, and say nothing of what is behind (23)', async () => {
    const statuses = [429, 404, 500];
    await using setting = await before(() => ({
      status: statuses.shift() ?? 200,
      payload: '{"Message":"secret"}',
    }));
    expect(told(await setting.send())).toBe('429 {"message":"Too Many Requests"}');
    expect(told(await setting.send())).toBe('502 {"message":"Bad Gateway"}');
    expect(told(await setting.send())).toBe('502 {"message":"Bad Gateway"}');
  });

  it('are 502 where nobody listens, and 504 where the function ran out of time (23)', async () => {
    const gone = createServer();
    await once(gone.listen(0, '127.0.0.1'), 'listening');
    const endpoint = `http://127.0.0.1:${(gone.address() as AddressInfo).port}`;
    await once(gone.close(), 'close');
    await using proxy = await startTestProxy({ local: [{ hostname: '*', endpoint }] });
    expect(told(await proxy.send())).toBe('502 {"message":"Bad Gateway"}');
    await using setting = await before(() => ({ payload: 'Task timed out after 3.00 seconds' }));
    expect(told(await setting.send())).toBe('504 {"message":"Gateway Timeout"}');
  });

  it('of listening end the start (24)', async () => {
    await using setting = await before(fine);
    await expect(startTestProxy({ port: setting.proxy.port })).rejects.toThrow(/in use/);
  });
});

describe('operation', () => {
  it('goes over to another file without losing what runs (25)', async () => {
    const { answer, release } = held();
    await using setting = await before(answer, { hostname: 'old.example' });
    await using other = await startFunctionEndpoint(() => result('new'));
    const running = setting.send({ host: 'old.example' });
    await waitUntil('the call', () => setting.endpoint.calls.length === 1);
    setting.proxy.change({ local: [{ hostname: 'new.example', endpoint: other.url }] });
    expect(told(await setting.send({ host: 'new.example' }))).toBe('200 new');
    expect((await setting.send({ host: 'old.example' })).status).toBe(404);
    release();
    expect(told(await running)).toBe('200 fine');
  });

  it('writes a line for each request (27)', async () => {
    await using setting = await before(fine);
    await setting.send({ target: '/a?b=secret', host: 'shop.example.com' });
    expect(await waitUntil('the line', () => setting.proxy.lines[0])).toMatchObject({
      level: 'info',
      msg: 'request',
      method: 'GET',
      host: 'shop.example.com',
      path: '/a',
      status: 200,
      bytes_out: 4,
      source_ip: '127.0.0.1',
      route: '*',
      format: 'apigw-v2',
    });
  });

  it('counts requests (27)', async () => {
    await using setting = await before(fine);
    await setting.send();
    const text = await waitUntil('the count', async () => {
      const said = await metricsText([(await setting.proxy.app.report()).metrics]);
      return said.includes('lambda_proxy_requests_total{') && said;
    });
    expect(text).toContain('lambda_proxy_requests_total{route="*",code="200"} 1');
  });
});
