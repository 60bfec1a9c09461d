import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { managedTag } from '../../../src/lambda-service/service.ts';
import { emptyCatalog } from '../../support/consul/catalog.ts';
import { type ConsulServer, startConsul } from '../../support/consul/server.ts';
import { type BuiltProxy, buildProxy, useProxyProcess } from '../../support/proxy/process.ts';
import { arnOf } from '../../support/aws/tag-world.ts';
import { waitUntil } from '../../support/wait-until.ts';

let built: BuiltProxy;
let consul: ConsulServer;
beforeAll(async () => {
  [built, consul] = await Promise.all([buildProxy(), startConsul()]);
});
beforeEach(() => emptyCatalog(consul));
afterAll(() => Promise.all([built.remove(), consul.close()]));

async function register(name: string, host: string): Promise<void> {
  const Meta = { 'lambda-arn': arnOf(name), 'lambda-route-host': host };
  const Service = { Service: name, Tags: [managedTag], Meta };
  await consul.ok('PUT', '/v1/catalog/register', {
    Node: 'lambdas',
    Address: '',
    SkipNodeUpdate: true,
    Service,
  });
}

it.each([1, 2])('routes of Consul are followed once, whatever serves them (workers: %d)', async (workers) => {
  await register('mail', 'same.example');
  await register('pay', 'same.example');
  const proxy = await useProxyProcess(
    built,
    `workers: ${workers}\nconsul: { address: "http://${consul.host}:${consul.port}" }\n`,
  );
  await waitUntil('readiness', async () => (await proxy.admin('/readyz')).status === 200);
  expect(await proxy.routes()).toMatchObject([
    { kind: 'consul', hostname: 'same.example', target: arnOf('mail') },
  ]);
  expect(proxy.said.filter(({ level }) => level === 'warn').length).toBe(1);
  const { text } = await proxy.admin('/metrics');
  expect(text).toContain('lambda_proxy_source_up{source="consul"} 1\n');
  await register(`more-${workers}`, `more-${workers}.example`);
  await waitUntil('the other route', async () =>
    (await proxy.routes()).some(({ hostname }) => hostname === `more-${workers}.example`),
  );
});
