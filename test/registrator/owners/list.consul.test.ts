import { describe, expect, it } from 'vitest';
import type { OwnersListing } from '../../../src/registrator/owners/list.ts';
import { listOwners } from '../../../src/registrator/owners/list.ts';
import { testDeadline } from '../../support/consul/client.ts';
import { owner, registerAsGoDoes, registerForeign } from '../../support/registrator/lambda-pairs.ts';
import { fullSync } from '../../support/registrator/registrator.ts';
import { useRegistrator } from '../../support/registrator/use-registrator.ts';

const given = useRegistrator();

function listed(env: Record<string, string> = {}): Promise<OwnersListing> {
  const { consul, config } = given.registrator(env);
  return listOwners({ consul, config, deadline: testDeadline() });
}

const json = 'application/json';

describe('the list of owners', () => {
  it('tells each owner on each node, what the Go registrator left, and nobody else’s services', async () => {
    for (const name of ['pay', 'mail', 'orders']) given.world.set(name);
    await fullSync(given.parts);
    await fullSync(given.registrator({ NODE_NAME: 'lambdas-2', SERVICE_PREFIX: 'eu-' }));
    await registerAsGoDoes(given.server, 'legacy');
    await registerForeign(given.server, 'web');
    // Our node loses its Meta with this, which the next sync would correct.
    await registerForeign(given.server, 'db', { node: 'lambdas', tags: ['managed-by-something-else'] });
    expect(await listed()).toEqual({
      owners: [
        { owner: null, node: 'lambdas', datacenter: 'dc1', services: 1, example: 'legacy', parameters: [] },
        { owner, node: 'lambdas', datacenter: 'dc1', services: 3, example: 'mail', parameters: [] },
        {
          owner: '123456789012/eu-west-1/lambdas-2',
          node: 'lambdas-2',
          datacenter: 'dc1',
          services: 3,
          example: 'eu-mail',
          parameters: [],
        },
      ],
      unseen: [],
    });
  });

  it('names the parameters that extension data is kept in, once each', async () => {
    const node = { Node: 'lambdas', Address: '10.0.0.9', NodeMeta: { 'external-node': 'true' } };
    const path = '/consul/default/default/pay';
    for (const [name, parameter] of [
      ['pay', path],
      ['pay-2', path],
      ['mail', '/consul/default/default/mail'],
    ]) {
      const Meta = { 'registrator-owner': 'eu', 'lambda-leaf-parameter': parameter };
      const Service = { ID: name, Service: name, Meta };
      await given.server.ok('PUT', '/v1/catalog/register', { ...node, Service });
    }
    expect((await listed()).owners).toMatchObject([
      { owner: 'eu', services: 3, parameters: ['/consul/default/default/mail', path] },
    ]);
  });

  it('is empty in an empty Consul', async () => {
    expect(await listed()).toEqual({ owners: [], unseen: [] });
  });

  it('goes on without a datacenter that is away, and says so', async () => {
    given.world.set('pay');
    await fullSync(given.parts);
    given.watch((request) =>
      request.includes('/v1/catalog/datacenters')
        ? { status: 200, type: json, body: '["dc1","dc9"]' }
        : undefined,
    );
    const { owners, unseen } = await listed();
    expect(owners).toMatchObject([{ owner, datacenter: 'dc1', services: 1 }]);
    expect(unseen).toMatchObject([
      { where: 'datacenter dc9', error: { message: expect.stringContaining('No path to datacenter') } },
    ]);
  });

  it.each(['/v1/catalog/nodes', '/v1/catalog/node/lambdas'])(
    'is an error where nothing can be read, for it cannot ask %s',
    async (path) => {
      given.world.set('pay');
      await fullSync(given.parts);
      given.watch((request) => (request.includes(`${path}?`) ? { status: 503, body: 'away' } : undefined));
      await expect(listed()).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    },
  );

  it('is an error where the datacenters cannot be read', async () => {
    given.watch(() => 'reset');
    await expect(listed()).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
  });

  it('refuses ENTERPRISE on a Community server', async () => {
    await expect(listed({ ENTERPRISE: 'true' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('ENTERPRISE'),
    });
  });
});
