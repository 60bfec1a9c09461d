import { describe, expect, it } from 'vitest';
import { planChanges } from '../../../src/registrator/plan/plan.ts';
import { registeredPair } from '../../support/plan/consul-model.ts';
import {
  fullArn,
  type FixturePlan,
  type PlanFixture,
  planSettings,
  summaryOf,
  snapshotOf,
} from '../../support/plan/fixtures.ts';

const enabled = (tags: Record<string, string> = {}): PlanFixture['functions'][string] => ({
  tags: { enabled: 'true', ...tags },
  fresh: true,
});

function plan(
  functions: PlanFixture['functions'],
  ...pairs: ReturnType<typeof registeredPair>[]
): FixturePlan {
  const consul = {
    services: pairs.map((pair) => pair.service),
    serviceDefaults: pairs.map((pair) => pair.defaults),
  };
  return summaryOf(planChanges(snapshotOf({ functions, consul }), planSettings));
}

const actionsOf = ({ changes }: FixturePlan): string[] =>
  changes.map(({ action, service }) => `${action} ${service}`);

/** What the Go registrator got wrong; the numbers are those of the list of its defects. */
describe('planning', () => {
  it('keeps the service of a function whose tags could not be read (1)', () => {
    const result = plan({ pay: 'unreadable', mail: enabled() }, registeredPair('pay', 'pay'));
    expect(actionsOf(result)).toEqual(['create mail']);
  });

  it('goes on with all other functions, and with deletions, when one function has a bad tag (2)', () => {
    const result = plan(
      { bad: enabled({ 'invocation-mode': 'later' }), mail: enabled(), gone: 'gone' },
      registeredPair('gone', 'gone'),
      registeredPair('bad', 'bad'),
    );
    expect(actionsOf(result)).toEqual(['create mail', 'delete gone']);
  });

  it.each<[string, (pair: ReturnType<typeof registeredPair>) => void]>([
    ['edited service-defaults', ({ defaults }) => void (defaults.Protocol = 'tcp')],
    ['a removed extension', ({ defaults }) => void (defaults.EnvoyExtensions = [])],
    ['edited tags', ({ service }) => void (service.Tags = [])],
    ['a wrong ARN', ({ service }) => void (service.Meta = { ...service.Meta, 'lambda-arn': fullArn('old') })],
  ])('repairs %s of a registered service (3)', (_what, edit) => {
    const pair = registeredPair('pay', 'pay');
    edit(pair);
    expect(actionsOf(plan({ pay: enabled() }, pair))).toEqual(['update pay']);
  });

  it('repairs deleted service-defaults (3)', () => {
    const world = snapshotOf({
      functions: { pay: enabled() },
      consul: { services: [registeredPair('pay', 'pay').service] },
    });
    expect(actionsOf(summaryOf(planChanges(world, planSettings)))).toEqual(['update pay']);
  });

  it('follows a change of tags whose event was lost (3)', () => {
    const result = plan({ pay: enabled({ 'payload-passthrough': 'true' }) }, registeredPair('pay', 'pay'));
    expect(actionsOf(result)).toEqual(['update pay']);
  });

  it('leaves the services of other accounts, regions and registrators on the same node alone (6)', () => {
    const result = plan(
      {},
      registeredPair(
        'a',
        'arn:aws:lambda:eu-west-1:999999999999:function:a',
        '999999999999/eu-west-1/lambdas',
      ),
      registeredPair(
        'b',
        'arn:aws:lambda:us-east-1:123456789012:function:b',
        '123456789012/us-east-1/lambdas',
      ),
      registeredPair('c', 'c', 'another-registrator'),
    );
    expect(result).toEqual({ changes: [], skips: [], unchanged: 0, owned: 0 });
  });

  it('takes a function without a datacenter tag for one of the datacenter that is managed (8)', () => {
    expect(actionsOf(plan({ pay: enabled(), mail: enabled({ datacenter: 'dc1' }) }))).toEqual([
      'create mail',
      'create pay',
    ]);
  });

  it('removes the service of an alias as soon as the tag no longer names it (9)', () => {
    const result = plan(
      { pay: enabled({ aliases: 'prod' }) },
      registeredPair('pay', 'pay'),
      registeredPair('pay-prod', 'pay:prod'),
      registeredPair('pay-test', 'pay:test'),
    );
    expect(actionsOf(result)).toEqual(['delete pay-test']);
  });

  it('removes the service of a deleted function without asking more than that it is gone (10)', () => {
    expect(actionsOf(plan({ pay: 'gone' }, registeredPair('pay', 'pay')))).toEqual(['delete pay']);
  });

  it('leaves service-defaults of an ordinary service alone when a function of its name is not enabled (12)', () => {
    const defaults = { Kind: 'service-defaults' as const, Name: 'pay', Protocol: 'grpc', ModifyIndex: 7 };
    const functions = { pay: { tags: { enabled: 'false' }, fresh: true } };
    const world = snapshotOf({ functions, consul: { serviceDefaults: [defaults] } });
    expect(summaryOf(planChanges(world, { ...planSettings, adoptUnowned: true })).changes).toEqual([]);
  });

  it('does not overwrite the service-defaults of an ordinary service when a function takes its name (12)', () => {
    const defaults = { Kind: 'service-defaults' as const, Name: 'pay', Protocol: 'grpc', ModifyIndex: 7 };
    const world = snapshotOf({ functions: { pay: enabled() }, consul: { serviceDefaults: [defaults] } });
    const result = summaryOf(planChanges(world, planSettings));
    expect(result.changes).toEqual([]);
    expect(result.skips).toEqual([{ service: 'pay', arn: fullArn('pay'), reason: 'conflict' }]);
  });

  it('rests every deletion on a reading of the function made after Consul was read (15)', () => {
    const { changes } = plan({}, registeredPair('pay', 'pay'));
    expect(changes).toMatchObject([{ action: 'delete', service: 'pay', restsOn: [fullArn('pay')] }]);
  });

  it('gives a contested name to the same function whatever the order, and says so (16)', () => {
    const first = plan({ fn: enabled({ aliases: 'a-b' }), 'fn-a-b': enabled() });
    const second = plan({ 'fn-a-b': enabled(), fn: enabled({ aliases: 'a-b' }) });
    expect(first).toEqual(second);
    expect(first.changes.map(({ arn }) => arn)).toEqual([fullArn('fn'), fullArn('fn-a-b')]);
    expect(first.skips).toEqual([{ service: 'fn-a-b', arn: fullArn('fn:a-b'), reason: 'collision' }]);
  });

  it('notices names that differ in case only, which Consul takes for one (16)', () => {
    const { changes, skips } = plan({ MyFn: enabled(), myfn: enabled() });
    expect(changes.map(({ service }) => service)).toEqual(['MyFn']);
    expect(skips).toEqual([{ service: 'myfn', arn: fullArn('myfn'), reason: 'collision' }]);
  });

  it.each(['', '+', 'prod++', ' prod '])(
    'makes no service of the empty words of the aliases tag %j (17)',
    (aliases) => {
      const names = plan({ fn: enabled({ aliases }) }).changes.map(({ service }) => service);
      expect(['fn', 'fn-prod']).toEqual(expect.arrayContaining(names));
      expect(names).toContain('fn');
    },
  );

  it('keeps what a function had when its partition or namespace cannot be followed (18)', () => {
    const result = plan(
      { a: enabled({ partition: 'team' }), b: enabled({ namespace: 'team' }) },
      registeredPair('a', 'a'),
      registeredPair('b', 'b'),
    );
    expect(result).toEqual({ changes: [], skips: [], unchanged: 0, owned: 2 });
  });

  it('deletes nothing when the list of functions came back cut off or empty-handed (23)', () => {
    const { service, defaults } = registeredPair('pay', 'pay');
    const world = snapshotOf({
      functions: {},
      listed: false,
      consul: { services: [service], serviceDefaults: [defaults] },
    });
    const result = summaryOf(planChanges(world, planSettings));
    expect(result.changes).toEqual([]);
    expect(result.skips).toEqual([{ service: 'pay', arn: fullArn('pay'), reason: 'unconfirmed' }]);
  });
});
