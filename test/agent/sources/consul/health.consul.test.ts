import { describe, expect, it } from 'vitest';
import type { FollowedServices } from '../../../support/agent/followed-services.ts';
import { stateOf, useFollowedServices, ways } from '../../../support/agent/use-followed-services.ts';

const given = useFollowedServices();
const { follow, register, check } = given;

describe.each(ways)('services that are watched $how', ({ maxConnections }) => {
  it('follow their checks, and are warned about as they are told to be', async () => {
    await register({ Weights: { Passing: 10, Warning: 3 } });
    const keeping = follow({ maxConnections });
    const draining = follow({ maxConnections, warning: 'drain' });
    await check('passing', 'web');
    await Promise.all([keeping.untilServices('web'), draining.untilServices('web')]);
    const seen = (source: FollowedServices) => {
      const [instance] = source.instances('web') ?? [];
      return `${instance?.state} ${instance?.weight}`;
    };
    for (const [status, kept, drained] of [
      ['warning', 'ready 3', 'drain 3'],
      ['critical', 'drain 10', 'drain 10'],
      ['warning', 'ready 3', 'drain 3'],
      ['passing', 'ready 10', 'ready 10'],
    ] as const) {
      await check(status, 'web');
      await keeping.until(`${status} and ${kept}`, () => seen(keeping) === kept);
      await draining.until(`${status} and ${drained}`, () => seen(draining) === drained);
    }
    expect([...keeping.failures, ...draining.failures]).toEqual([]);
  });

  it('have the worst of their checks and their node’s', async () => {
    await register({});
    await register({ id: 'web-2', node: 'n2' });
    const source = follow({ maxConnections });
    await source.untilServices('web');
    await check('passing', 'web', 'fine');
    await check('critical', 'web', 'bad');
    await source.until('one draining', () => stateOf(source) === 'drain,ready');
    await given.server.ok('PUT', '/v1/catalog/deregister', { Node: 'n1', CheckID: 'bad' });
    await source.until('both ready', () => stateOf(source) === 'ready,ready');
    await check('critical', undefined, 'disk', 'n2');
    await source.until('the other draining', () => stateOf(source) === 'ready,drain');
    await check('passing', undefined, 'disk', 'n2');
    await source.until('both ready again', () => stateOf(source) === 'ready,ready');
    expect(source.failures).toEqual([]);
  });

  it('drain while they or their agent are in maintenance', async () => {
    await given.server.ok('PUT', '/v1/agent/service/register', { ID: 'a-1', Name: 'a', Port: 1 });
    await given.server.ok('PUT', '/v1/agent/service/register', { ID: 'b-1', Name: 'b', Port: 2 });
    const source = follow({ maxConnections });
    await source.untilServices('a', 'b');
    const both = () => `${stateOf(source, 'a')} ${stateOf(source, 'b')}`;
    await given.server.ok('PUT', '/v1/agent/service/maintenance/a-1?enable=true');
    await source.until('a draining', () => both() === 'drain ready');
    await given.server.ok('PUT', '/v1/agent/service/maintenance/a-1?enable=false');
    await source.until('a back', () => both() === 'ready ready');
    await given.server.ok('PUT', '/v1/agent/maintenance?enable=true');
    await source.until('all draining', () => both() === 'drain drain');
    await given.server.ok('PUT', '/v1/agent/maintenance?enable=false');
    await source.until('all back', () => both() === 'ready ready');
    await given.server.ok('PUT', '/v1/agent/service/deregister/a-1');
    await given.server.ok('PUT', '/v1/agent/service/deregister/b-1');
    await source.untilServices();
    expect(source.failures).toEqual([]);
  });
});
