import { expect, it } from 'vitest';
import { appliedSite } from '../../support/agent/applied-haproxy.ts';
import { startEchoServer } from '../../support/http/echo-server.ts';
import { service } from '../../support/haproxy/models.ts';
import { startNameServer } from '../../support/haproxy/name-server.ts';
import { waitUntil } from '../../support/wait-until.ts';

it('servers that are given by name are served on after a reload, though nobody answers for their names then', async () => {
  await using echo = await startEchoServer('one');
  await using dns = await startNameServer('web.internal');
  await using site = await appliedSite();
  const parts = { resolvers: { nameservers: [{ address: dns.address, port: dns.port }] } };
  const at = (address: string) =>
    service('web', [{ host: 'a.example' }], { servers: [{ id: 'named', address, port: echo.port }] });
  await site.start();
  await site.serve([at('web.internal')], parts);
  await waitUntil('its address', async () => (await site.status('a.example')) === 200);
  await dns[Symbol.asyncDispose]();
  const other = service('other', [{ host: 'b.example' }]);
  expect(await site.serve([at('web.internal'), other], parts)).toMatchObject([{ how: 'reload' }]);
  expect(await site.status('a.example')).toBe(200);
  // What was known of one name says nothing of another.
  expect(await site.serve([at('other.internal'), other], parts)).toMatchObject([{ how: 'reload' }]);
  expect(await site.status('a.example')).toBe(503);
});
