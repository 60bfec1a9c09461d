import { expect, it } from 'vitest';
import { render } from '../../../src/haproxy/render.ts';
import { configuration, service } from '../../support/haproxy/models.ts';
import { type Answer, ask } from '../../support/haproxy/requests.ts';
import { freePorts } from '../../../src/sandbox/free-ports.ts';
import { startHaproxy } from '../../support/haproxy/server.ts';

async function withStats() {
  const [http = 0, admin = 0] = await freePorts(2);
  const stats = { binds: [{ address: '127.0.0.1', port: admin }] };
  const services = [service('shop', [{ host: 'a.example' }])];
  const haproxy = await startHaproxy(render(configuration({ port: http, stats, services })), http);
  const get = (port: number, path: string, headers = {}): Promise<Answer> =>
    ask({ ports: { http: port }, host: 'a.example', path, headers });
  return { get, http, admin, [Symbol.asyncDispose]: () => haproxy[Symbol.asyncDispose]() };
}

it('shows statistics and metrics on their own listener and nothing else there', async () => {
  await using site = await withStats();
  expect(await site.get(site.admin, '/stats;csv')).toMatchObject({
    status: 200,
    body: expect.stringContaining('r_a.example,BACKEND'),
  });
  expect(await site.get(site.admin, '/metrics')).toMatchObject({
    status: 200,
    body: expect.stringContaining('haproxy_backend_status'),
  });
  expect((await site.get(site.admin, '/')).status).toBe(404);
});

it('shows none of it on the public listener', async () => {
  await using site = await withStats();
  expect((await site.get(site.http, '/stats')).status).toBe(503);
  expect((await site.get(site.http, '/metrics')).status).toBe(503);
});
