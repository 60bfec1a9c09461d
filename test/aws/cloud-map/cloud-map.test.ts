import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CloudMap } from '../../../src/aws/cloud-map/api.ts';
import { cloudMapEndpoints } from '../../../src/aws/cloud-map/cloud-map.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { deadlineIn } from '../../../src/core/deadline.ts';
import { addNamespace, addService, register } from '../../../src/sandbox/aws/cloud-map/world.ts';
import { faultsInTurn } from '../../support/aws/faults.ts';
import { cloudMapAt } from '../../support/aws/cloud-map.ts';
import { type InvokeAnswer, startFunctionEndpoint } from '../../support/proxy/function-endpoint.ts';
import { account, region, sandboxAws } from '../../support/aws/sandbox-aws.ts';

const clock = systemClock;
const inTime = () => deadlineIn(clock, 60_000);
/** Repeats at once. */
const random = (): number => 0;

let aws: Awaited<ReturnType<typeof sandboxAws>>;
let cloudMap: CloudMap;
let asked: { operation: string; input: Record<string, unknown> }[];

beforeEach(async () => {
  aws = await sandboxAws();
  cloudMap = await cloudMapAt(aws.url, { clock, random });
  asked = [];
  aws.faults.strike = ({ operation, input }) => {
    asked.push({ operation, input: input as Record<string, unknown> });
    return undefined;
  };
});
afterEach(async () => {
  await cloudMap.close();
  await aws.close();
});

function serviceOf(count: number, check: 'none' | 'custom' = 'none') {
  const namespace = addNamespace(aws.world, 'cluster');
  const service = addService(namespace, 'web', { check });
  for (let at = 0; at < count; at += 1) register(service, `i-${at}`, { AWS_INSTANCE_IPV4: '10.0.0.1' });
  return { namespace, service, address: { namespace: 'cluster', service: 'web', owner: undefined } };
}

describe('lists', () => {
  it('of namespaces hold all pages', async () => {
    for (let at = 0; at < 101; at += 1) addNamespace(aws.world, `n-${at}`);
    const namespaces = await cloudMap.namespaces(inTime());
    expect(namespaces.map(({ name }) => name).toSorted()).toEqual(
      Array.from({ length: 101 }, (_, at) => `n-${at}`).toSorted(),
    );
    expect(namespaces[0]).toMatchObject({ owner: account, httpName: namespaces[0]?.name });
    expect(asked).toHaveLength(2);
  });

  it('of services go on past pages of which a filter left nothing', async () => {
    const others = addNamespace(aws.world, 'others');
    for (let at = 0; at < 250; at += 1) addService(others, `s-${at}`);
    const { namespace, service } = serviceOf(0, 'custom');
    const { id, arn, name } = service;
    expect(await cloudMap.services(namespace.id, inTime())).toMatchObject([
      { id, arn, name, isChecked: true },
    ]);
    expect(asked).toHaveLength(3);
  });

  it('of instances and their health hold all pages', async () => {
    const { service } = serviceOf(250, 'custom');
    expect(await cloudMap.instances(service.id, inTime())).toHaveLength(250);
    expect((await cloudMap.healthOf(service.id, inTime())).size).toBe(250);
  });

  it('end with what their second page ended with', async () => {
    const { service } = serviceOf(250);
    aws.faults.strike = ({ input }) =>
      (input as { NextToken?: string }).NextToken === undefined ? undefined : 'server-error';
    await expect(cloudMap.instances(service.id, inTime())).rejects.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
    });
  });

  it('go on with a second page that was throttled', async () => {
    const { service } = serviceOf(150);
    let calls = 0;
    aws.faults.strike = () => ([2, 3].includes((calls += 1)) ? 'throttle' : undefined);
    expect(await cloudMap.instances(service.id, inTime())).toHaveLength(150);
    expect(calls).toBe(4);
  });
});

describe('discovery', () => {
  it('asks for all instances, a thousand at most', async () => {
    const { address } = serviceOf(250, 'custom');
    const { instances, revision, mayBeCut } = await cloudMap.discover(address, inTime());
    expect(instances).toHaveLength(250);
    expect(instances[0]).toMatchObject({ health: 'HEALTHY', attributes: { AWS_INSTANCE_IPV4: '10.0.0.1' } });
    expect(mayBeCut).toBe(false);
    expect(revision).toBe(await cloudMap.revision(address, inTime()));
    expect(asked[0]?.input).toMatchObject({ MaxResults: 1_000, HealthStatus: 'ALL' });
  });

  it.each([
    [1_000, 1_000],
    [250, 100],
    [100, 1_000],
  ])('of %d instances by an endpoint that gives %d may be cut', async (count, largest) => {
    const { address } = serviceOf(count);
    aws.world.cloudMap.largestAnswer = largest;
    expect((await cloudMap.discover(address, inTime())).mayBeCut).toBe(true);
  });

  it.each(['throttle', 'server-error', 'drop', 'truncate', 'garble', 'hollow'] as const)(
    'is repeated after "%s"',
    async (fault) => {
      const { address } = serviceOf(3);
      aws.faults.strike = faultsInTurn('DiscoverInstances', [fault, fault]);
      expect((await cloudMap.discover(address, inTime())).instances).toHaveLength(3);
    },
  );

  it('names what is missing', async () => {
    await expect(
      cloudMap.discover({ namespace: 'gone', service: 'web', owner: undefined }, inTime()),
    ).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('web in gone') as string,
    });
  });

  it('says what to grant', async () => {
    const { address } = serviceOf(1);
    aws.faults.denied.add('servicediscovery:DiscoverInstances');
    await expect(cloudMap.discover(address, inTime())).rejects.toMatchObject({
      code: 'UPSTREAM_AUTH',
      message: expect.stringContaining('grant servicediscovery:DiscoverInstances') as string,
    });
  });

  it('finds a namespace of another account by that account', async () => {
    const owner = '210987654321';
    const namespace = addNamespace(aws.world, 'shared', { owner });
    register(addService(namespace, 'web'), 'i-1', { AWS_INSTANCE_IPV4: '10.0.0.1' });
    const address = { namespace: 'shared', service: 'web', owner };
    expect((await cloudMap.discover(address, inTime())).instances).toHaveLength(1);
  });

  it('is over by its deadline', async () => {
    const { address } = serviceOf(1);
    aws.faults.strike = ({ operation }) => {
      asked.push({ operation, input: {} });
      return 'throttle';
    };
    const code = /^(UPSTREAM_THROTTLED|DEADLINE_EXCEEDED)$/;
    const patient = await cloudMapAt(aws.url, { clock, random: () => 0.99 });
    await expect(patient.discover(address, deadlineIn(clock, 500))).rejects.toMatchObject({
      code: expect.stringMatching(code) as string,
    });
    await patient.close();
    expect(asked.length).toBeLessThan(5);
  });
});

describe('an answer of some other endpoint', () => {
  async function answering(answer: InvokeAnswer, ask: (cloudMap: CloudMap) => Promise<unknown>) {
    await using endpoint = await startFunctionEndpoint(() => answer);
    const other = await cloudMapAt(endpoint.url, { clock, random });
    try {
      return { result: await ask(other), calls: endpoint.calls };
    } finally {
      await other.close();
    }
  }
  const address = { namespace: 'cluster', service: 'web', owner: undefined };

  it('has revisions of any size, digit by digit', async () => {
    const payload = '{"InstancesRevision": 9223372036854775807}';
    const { result } = await answering({ payload }, (other) => other.revision(address, inTime()));
    expect(result).toBe('9223372036854775807');
  });

  it('has no revision where an attribute is called so', async () => {
    const attributes = { '{"InstancesRevision":1}': ',"InstancesRevision":2', InstancesRevision: '3' };
    const payload = JSON.stringify({ Instances: [{ InstanceId: 'i', Attributes: attributes }] });
    const { result } = await answering({ payload }, (other) => other.discover(address, inTime()));
    expect(result).toEqual({
      instances: [{ id: 'i', attributes, health: 'UNKNOWN' }],
      revision: undefined,
      mayBeCut: false,
    });
  });

  it('is throttled by the status alone', async () => {
    const answer = { status: 429, payload: '<html>' };
    await expect(answering(answer, (other) => other.revision(address, inTime()))).rejects.toMatchObject({
      code: 'UPSTREAM_THROTTLED',
    });
  });

  it('tells null for what is left out, and services of other namespaces', async () => {
    const service = {
      Id: 'srv-1',
      Arn: 'a',
      Name: 'web',
      HealthCheckConfig: null,
      HealthCheckCustomConfig: null,
    };
    const payload = JSON.stringify({
      Services: [
        { ...service, NamespaceId: 'ns-1' },
        { ...service, Id: 'srv-2', NamespaceId: 'ns-2' },
      ],
    });
    const { result } = await answering({ payload }, (other) => other.services('ns-1', inTime()));
    expect(result).toMatchObject([{ id: 'srv-1', isChecked: false }]);
  });

  it('is asked for by operation, signed for the service, without a prefix of its host', async () => {
    const payload = '{"InstancesRevision":1}';
    const { calls } = await answering({ payload }, (other) => other.revision(address, inTime()));
    expect(calls[0]).toMatchObject({
      path: '/',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'Route53AutoNaming_v20170314.DiscoverInstancesRevision',
        authorization: expect.stringContaining(`/${region}/servicediscovery/aws4_request`) as string,
        host: expect.stringMatching(/^127\.0\.0\.1:/) as string,
      },
    });
    expect(JSON.parse(String(calls[0]?.payload))).toEqual({ NamespaceName: 'cluster', ServiceName: 'web' });
  });
});

describe('credentials', () => {
  it('that were refused are renewed', async () => {
    const { address } = serviceOf(1);
    aws.faults.expiredKeys.add('AKIDOLD');
    const keys = ['AKIDOLD', 'AKIDNEW'];
    let now = 0;
    const renewing = await cloudMapAt(aws.url, {
      clock,
      random,
      now: () => (now += 10_000),
      credentials: async () => ({
        accessKeyId: keys.shift() ?? '',
        secretAccessKey: 'example',
        expiration: new Date(10_000_000),
      }),
    });
    expect((await renewing.discover(address, inTime())).instances).toHaveLength(1);
    await renewing.close();
  });
});

it.each([
  [
    'eu-central-1',
    undefined,
    'https://servicediscovery.eu-central-1.amazonaws.com',
    'https://data-servicediscovery.eu-central-1.amazonaws.com',
  ],
  [
    'cn-north-1',
    undefined,
    'https://servicediscovery.cn-north-1.amazonaws.com.cn',
    'https://data-servicediscovery.cn-north-1.amazonaws.com.cn',
  ],
  ['eu-west-1', 'http://127.0.0.1:4566', 'http://127.0.0.1:4566', 'http://127.0.0.1:4566'],
])('in %s with the endpoint %s is at %s and %s', (place, endpoint, lists, discovery) => {
  expect(cloudMapEndpoints(place, endpoint)).toEqual({ lists, discovery });
});
