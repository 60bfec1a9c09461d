import { describe, expect, it } from 'vitest';
import { managedTag, metaKeys } from '../../../src/lambda-service/service.ts';
import type { Instance } from '../../../src/proxy/routes/consul-instances.ts';
import { type LambdaServices, settleServices } from '../../../src/proxy/routes/consul-services.ts';
import { arnOf } from '../../support/aws/tag-world.ts';

const none: LambdaServices = { services: new Map(), whole: false };

function instance(name: string, more: Partial<Instance> = {}): Instance {
  return {
    node: 'lambdas',
    id: name,
    name,
    tags: [managedTag],
    meta: { [metaKeys.arn]: arnOf(name) },
    ...more,
  };
}

type Look = Instance[] | { instances: Instance[]; names?: string[]; filtered?: boolean };

/** What stands after looks at the catalog; the names listed are those of the instances unless a look says otherwise. */
function after(...looks: Look[]) {
  let [standing, warnings] = [none, [] as readonly object[]];
  for (const look of looks) {
    const found = Array.isArray(look) ? { instances: look } : look;
    const names = [...new Set(found.instances.map(({ name }) => name))];
    ({ standing, warnings } = settleServices(standing, { names, filtered: false, ...found }));
  }
  return {
    arns: Object.fromEntries([...standing.services].map(([name, { arn }]) => [name, arn])),
    warnings,
  };
}

const broken = instance('pay', { meta: { [metaKeys.arn]: 'arn:aws:lambda:nowhere' } });

describe('the services that stand', () => {
  it('are those listed, each with the function of its Meta', () => {
    expect(after([instance('pay'), instance('mail')])).toEqual({
      arns: { mail: arnOf('mail'), pay: arnOf('pay') },
      warnings: [],
    });
  });

  it('lose what is listed no more, and take changes', () => {
    const moved = instance('mail', { meta: { [metaKeys.arn]: arnOf('post') } });
    expect(after([instance('pay'), instance('mail')], [moved]).arns).toEqual({ mail: arnOf('post') });
  });

  it('leave out what no registrator made, also where it was made by one before', () => {
    const foreign = instance('pay', { meta: {} });
    expect(after([foreign])).toEqual({ arns: {}, warnings: [] });
    expect(after([instance('pay')], [foreign])).toEqual({ arns: {}, warnings: [] });
  });

  it('of one name on several nodes are that of the smallest', () => {
    const on = (node: string) => instance('pay', { node, meta: { [metaKeys.arn]: arnOf(node) } });
    expect(after([on('n2'), on('n10'), on('n3')]).arns).toEqual({ pay: arnOf('n10') });
    expect(after([on('n1'), on('n2')], [on('n2')]).arns).toEqual({ pay: arnOf('n2') });
  });

  it('of one name twice on a node are that with the smaller ID', () => {
    const as = (id: string) => instance('pay', { id, meta: { [metaKeys.arn]: arnOf(id) } });
    expect(after([as('b'), as('a')]).arns).toEqual({ pay: arnOf('a') });
  });

  it('stay where their Meta cannot be read, with a warning that says why', () => {
    const { arns, warnings } = after([instance('pay')], [broken, instance('mail')]);
    expect(arns).toEqual({ mail: arnOf('mail'), pay: arnOf('pay') });
    expect(warnings).toEqual([
      {
        message: 'The Meta of a service cannot be read: it keeps the route that it has',
        fields: { service: 'pay', node: 'lambdas', problem: expect.stringContaining('lambda-arn must be') },
      },
    ]);
  });

  it('are not there where their Meta could never be read, with a warning that says so', () => {
    expect(after([broken])).toMatchObject({
      arns: {},
      warnings: [
        {
          message: 'The Meta of a service cannot be read: it gets no route',
          fields: { service: 'pay' },
        },
      ],
    });
  });

  it('are read of a larger node where the Meta of the smallest cannot be read', () => {
    const other = instance('pay', { node: 'other' });
    expect(after([broken, other])).toMatchObject({
      arns: { pay: arnOf('pay') },
      warnings: [{ message: 'The Meta of a service cannot be read: another of its instances counts' }],
    });
  });

  it('stay while their names are listed and nothing is found behind them', () => {
    expect(after([instance('pay'), instance('mail')], { names: ['pay'], instances: [] })).toMatchObject({
      arns: { pay: arnOf('pay') },
      warnings: [
        {
          message: expect.stringContaining('hides nodes'),
          fields: { problem: expect.stringContaining('node:read') },
        },
      ],
    });
  });
});

describe('an answer from which ACLs hide something', () => {
  const hiding = (...names: string[]) => ({ instances: names.map((name) => instance(name)), filtered: true });

  it('takes nothing away after one that was whole, but adds', () => {
    const { arns, warnings } = after([instance('pay'), instance('mail')], hiding('mail', 'new'));
    expect(arns).toEqual({ mail: arnOf('mail'), new: arnOf('new'), pay: arnOf('pay') });
    expect(warnings).toMatchObject([{ message: expect.stringContaining('hides services') }]);
    expect(after([instance('pay')], hiding()).arns).toEqual({ pay: arnOf('pay') });
  });

  it('takes nothing away for as long as it lasts', () => {
    expect(after([instance('pay')], hiding('a'), hiding('b')).arns).toEqual({
      a: arnOf('a'),
      b: arnOf('b'),
      pay: arnOf('pay'),
    });
    expect(after([instance('pay')], hiding('a'), [instance('b')]).arns).toEqual({ b: arnOf('b') });
  });

  it('is told of where nothing is left', () => {
    const problem = 'the token must have service:read and node:read';
    expect(after(hiding())).toMatchObject({ arns: {}, warnings: [{ fields: { problem } }] });
  });

  it('is believed where the token never saw everything', () => {
    expect(after(hiding('pay', 'mail'), hiding('mail'))).toEqual({
      arns: { mail: arnOf('mail') },
      warnings: [],
    });
  });
});
