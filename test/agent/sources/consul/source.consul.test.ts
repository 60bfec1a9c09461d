import { describe, expect, it } from 'vitest';
import { managedTag } from '../../../../src/lambda-service/service.ts';
import { arnOf } from '../../../support/aws/tag-world.ts';
import { useFollowedServices, ways } from '../../../support/agent/use-followed-services.ts';

const given = useFollowedServices();
const { follow, register, deregister } = given;

describe.each(ways)('services that are watched $how', ({ maxConnections }) => {
  it('come, change and go', async () => {
    const source = follow({ maxConnections });
    await source.untilServices();
    expect(source.last()).toEqual({ sightings: new Map(), unread: new Set(), isWhole: true, problems: [] });
    await register({ meta: { 'route-host': 'web.example' }, tags: ['weight=5', 'urlprefix-/w strip=/w'] });
    await source.untilServices('web');
    expect(source.sighting('web')).toEqual({
      service: 'web',
      instances: [
        {
          id: 'n1/web',
          address: '10.0.0.1',
          port: 80,
          weight: 1,
          state: 'ready',
          attributes: { 'route-host': 'web.example', weight: '5' },
          routes: [{ path: '/w', strip: true }],
        },
      ],
      fallback: [],
      isFunction: false,
    });
    await register({ Address: '10.9.9.9', Port: 8080 });
    await source.until('another address', () => source.instances('web')?.[0]?.address === '10.9.9.9');
    expect(source.instances('web')).toMatchObject([{ port: 8080, attributes: {}, routes: [] }]);
    await deregister('web');
    await source.untilServices();
    expect(source.failures).toEqual([]);
  });

  it('have the address of their node, also of one that moves', async () => {
    await register({});
    await register({ node: 'n2', name: 'other' });
    const source = follow({ maxConnections });
    await source.untilServices('other', 'web');
    await given.server.ok('PUT', '/v1/catalog/register', { Node: 'n1', Address: '10.0.0.77' });
    await source.until('the new address', () => source.instances('web')?.[0]?.address === '10.0.0.77');
    expect(source.instances('other')?.[0]?.address).toBe('10.0.0.1');
  });

  it('have instances with one ID on two nodes', async () => {
    await register({ id: 'one', node: 'n1', address: '10.0.0.1' });
    await register({ id: 'one', node: 'n2', address: '10.0.0.2' });
    const source = follow({ maxConnections });
    await source.untilServices('web');
    const seen = () => source.instances('web')?.map(({ id, address }) => `${id} ${address}`);
    expect(seen()).toEqual(['n1/one 10.0.0.1', 'n2/one 10.0.0.2']);
    await deregister('one', 'n1');
    await source.until('one left', () => seen()?.join() === 'n2/one 10.0.0.2');
  });

  it('are one service where their names differ in case, and each instance is there once', async () => {
    await register({ id: 'a', name: 'web' });
    await register({ id: 'b', name: 'Web', node: 'n2' });
    const source = follow({ maxConnections });
    await source.untilServices('web');
    const seen = () =>
      source
        .instances('web')
        ?.map(({ id, port }) => `${id}:${port}`)
        .join();
    expect(seen()).toBe('n1/a:80,n2/b:80');
    await register({ id: 'a', name: 'web', Port: 81 });
    await register({ id: 'b', name: 'Web', node: 'n2', Port: 82 });
    await source.until('both changes', () => seen() === 'n1/a:81,n2/b:82');
    await deregister('b', 'n2');
    await source.until('one left', () => seen() === 'n1/a:81');
    await deregister('a');
    await source.untilServices();
  });

  it('are those that were asked for, without sidecars, gateways and Consul itself', async () => {
    await register({ name: 'web' });
    await register({ name: 'Web-Admin' });
    await register({ name: 'mail' });
    await register({ name: 'web-proxy', Kind: 'connect-proxy', Proxy: { DestinationServiceName: 'web' } });
    await register({ name: 'web-gateway', Kind: 'mesh-gateway' });
    const source = follow({ maxConnections, services: ['WEB*', 'consul', 'm?il'] });
    await source.untilServices('mail', 'web', 'web-admin');
    expect(source.last()).toMatchObject({ isWhole: true, problems: [] });
  });

  it('are functions with the tag of registrators, whatever address the catalog has', async () => {
    const meta = { 'lambda-arn': arnOf('pay'), 'lambda-route-host': 'Pay.example' };
    await register({ name: 'pay', node: 'lambdas', address: '', tags: [managedTag], meta });
    const path = { 'lambda-arn': arnOf('api'), 'lambda-route-path': '/api/' };
    await register({ name: 'api', node: 'lambdas', address: '', tags: [managedTag], meta: path });
    await register({ name: 'old', node: 'lambdas', address: '', tags: [managedTag] });
    const source = follow({
      maxConnections,
      functionHost: '{service}.fn.example',
      host: '{service}.example',
    });
    await source.untilServices('api', 'old', 'pay');
    expect(source.sighting('pay')).toMatchObject({
      isFunction: true,
      instances: [{ state: 'ready', routes: [{ host: 'pay.example', path: '/', strip: false }] }],
      fallback: [],
    });
    expect(source.instances('api')?.[0]?.routes).toEqual([{ path: '/api', strip: false }]);
    expect(source.sighting('old')).toMatchObject({
      isFunction: true,
      fallback: [{ host: 'old.fn.example' }],
    });
  });

  it('outlive a restart of the server', async () => {
    await register({ name: 'a' });
    await register({ name: 'b' });
    const source = follow({ maxConnections });
    await source.untilServices('a', 'b');
    const before = source.readings.length;
    await given.server.restart();
    await register({ name: 'c' });
    await source.untilServices('a', 'b', 'c');
    const lost = source.readings
      .slice(before)
      .filter(
        ({ sightings, unread, isWhole }) =>
          isWhole && !['a', 'b'].every((name) => sightings.has(name) || unread.has(name)),
      );
    expect(lost).toEqual([]);
    expect(source.failures).not.toEqual([]);
  });
});
