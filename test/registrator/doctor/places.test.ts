import { describe, expect, it } from 'vitest';
import { metaKeys, nodeMetaKeys } from '../../../src/lambda-service/service.ts';
import { type Instruments, subjectOf } from '../../../src/registrator/doctor/subject.ts';
import { examine } from '../../../src/registrator/doctor/check.ts';
import { examinations } from '../../../src/registrator/doctor/doctor.ts';
import { AppError } from '../../../src/core/errors.ts';
import { consulClient } from '../../support/consul/client.ts';
import { finding, instruments, nodeWith, ours } from '../../support/registrator/doctor.ts';
import { startFaultyFront } from '../../support/http/faulty-front.ts';
import { scaledClock } from '../../support/clock/scaled-clock.ts';
import { createTagWorld } from '../../support/aws/tag-world.ts';

/** Home's node remembers dc2 and dc3, of which the latter is away; dc2's carries `services`. */
function federation(services: ReturnType<typeof ours>[]): Pick<Instruments['consul'], 'nodeServices'> {
  const hints = { filtered: false, defaultPolicy: undefined, anonymous: false };
  const Meta = { 'external-node': 'true', [nodeMetaKeys.datacenters]: 'dc2,dc3' };
  const node = { Node: 'lambdas', Address: '', Datacenter: 'dc1', Meta, ModifyIndex: 1 };
  return {
    nodeServices: ({ datacenter }) => {
      if (datacenter === 'dc3') return Promise.reject(new AppError('UPSTREAM_UNAVAILABLE', 'dc3 is away.'));
      return Promise.resolve({ node, services: datacenter === 'dc2' ? services : [], ...hints });
    },
  };
}

describe('doctor looks at every place where services of ours may be', () => {
  it('for certificates and links', async () => {
    const consul = federation([ours('orders', { [metaKeys.gateway]: 'exit' })]);
    expect(await finding('gateway links', { consul })).toMatchObject({
      status: 'warn',
      found: expect.stringContaining('exit has no entry'),
    });
    const env = { CONSUL_EXTENSION_DATA_PREFIX: '/consul/lambda' };
    expect(await finding('extension data', { env, consul })).toMatchObject({
      found: 'without a certificate: orders',
    });
  });

  it.each(['ACL node write', 'ACL node read', 'ACL service write'])('for %s', async (name) => {
    const consul: Partial<Instruments['consul']> = {
      ...federation([]),
      permission: ({ datacenter }) => Promise.resolve(datacenter === 'dc2' ? 'denied' : 'granted'),
    };
    expect(await finding(name, { consul })).toMatchObject({
      status: 'FAIL',
      found: expect.stringContaining('in datacenter dc2'),
    });
    const away: Partial<Instruments['consul']> = {
      ...federation([]),
      permission: ({ datacenter }) =>
        datacenter === 'dc3'
          ? Promise.reject(new AppError('UPSTREAM_UNAVAILABLE', 'away'))
          : Promise.resolve('granted'),
    };
    expect(await finding(name, { consul: away })).toMatchObject({ status: 'ok' });
  });

  it('under Enterprise in all namespaces of its partitions', async () => {
    const consul: Partial<Instruments['consul']> = {
      ...nodeWith([]),
      namespaces: () => Promise.resolve({ kind: 'listed', names: ['default', 'team'] }),
      permission: ({ namespace }) => Promise.resolve(namespace === 'team' ? 'denied' : 'granted'),
    };
    const home = { partition: 'default', namespace: 'default' };
    expect(await finding('ACL service write', { env: { ENTERPRISE: 'true' }, home, consul })).toMatchObject({
      status: 'FAIL',
      found: expect.stringContaining('in partition default, namespace team'),
    });
  });
});

it('takes a gateway for used that only the tag of a function names', async () => {
  const world = createTagWorld();
  world.set('orders', { enabled: 'true', 'terminating-gateway': 'exit' });
  world.set('off', { enabled: 'false', 'terminating-gateway': 'other' });
  const consul = { permission: () => Promise.resolve('denied' as const) };
  expect(await finding('ACL gateway read', { functions: world.functions, consul })).toMatchObject({
    status: 'FAIL',
    remedy: 'Add service "exit" { policy = "read" } to the policy of the token.',
  });
});

it('ends in time where Consul accepts and never answers', async () => {
  const front = await startFaultyFront({ host: '127.0.0.1', port: 1 });
  front.fault = () => 'silence';
  const consul = consulClient(front);
  const subject = subjectOf({ ...instruments(), consul, clock: scaledClock(100) });
  const checks = await examine(subject, examinations, () => {});
  expect(checks.filter(({ status }) => status === 'FAIL')).toMatchObject([{ name: 'Consul' }]);
  expect(checks.find(({ name }) => name === 'functions')).toMatchObject({ status: 'skip' });
  consul.close();
  await front.close();
});
