import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { allPages, type Aws, type Cases, refusal, unique } from './contract.ts';

interface Named {
  readonly Id: string;
  readonly Name: string;
}
interface Discovered {
  readonly InstanceId: string;
  readonly HealthStatus: string;
  readonly Attributes: Record<string, string>;
}

/** What is done in the background on AWS. */
async function finished({ cloudMap }: Aws, operation: string, input: object): Promise<string> {
  const { OperationId } = await cloudMap<{ OperationId: string }>(operation, input);
  for (let tries = 0; tries < 60; tries += 1) {
    const { Operation } = await cloudMap<{
      Operation: { Status: string; Targets?: { NAMESPACE?: string } };
    }>('GetOperation', { OperationId });
    if (Operation.Status === 'SUCCESS') return Operation.Targets?.NAMESPACE ?? '';
    await sleep(500);
  }
  throw new Error(`${operation} is not done`);
}

async function createNamespace(aws: Aws): Promise<{ name: string; id: string }> {
  const name = unique('namespace');
  return { name, id: await finished(aws, 'CreateHttpNamespace', { Name: name }) };
}

/** One with a custom health check unless told otherwise, in a namespace of its own. */
async function createService(aws: Aws, more: object = { HealthCheckCustomConfig: { FailureThreshold: 1 } }) {
  const namespace = await createNamespace(aws);
  const { Service } = await aws.cloudMap<{ Service: Named }>('CreateService', {
    Name: 'web',
    NamespaceId: namespace.id,
    ...more,
  });
  return {
    id: Service.Id,
    namespace: namespace.id,
    register: (InstanceId: string, Attributes: Record<string, string> = { AWS_INSTANCE_IPV4: '10.0.0.1' }) =>
      finished(aws, 'RegisterInstance', { ServiceId: Service.Id, InstanceId, Attributes }),
    deregister: (InstanceId: string) =>
      finished(aws, 'DeregisterInstance', { ServiceId: Service.Id, InstanceId }),
    setHealth: (InstanceId: string, Status: string) =>
      aws.cloudMap('UpdateInstanceCustomHealthStatus', { ServiceId: Service.Id, InstanceId, Status }),
    discover: async (input: object = {}) => {
      const asked = { NamespaceName: namespace.name, ServiceName: 'web', ...input };
      return aws.cloudMap<{ Instances: Discovered[]; InstancesRevision?: number }>(
        'DiscoverInstances',
        asked,
      );
    },
    revision: async () => {
      const asked = { NamespaceName: namespace.name, ServiceName: 'web' };
      const answer = await aws.cloudMap<{ InstancesRevision: number }>('DiscoverInstancesRevision', asked);
      return answer.InstancesRevision;
    },
  };
}

type Service = Awaited<ReturnType<typeof createService>>;

async function registerAll({ register }: Service, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, at) => `i-${String(at).padStart(3, '0')}`);
  await Promise.all(ids.map((id) => register(id)));
  return ids;
}

const idsOf = (instances: readonly Discovered[]) => instances.map(({ InstanceId }) => InstanceId).toSorted();

function pagesOf<Item>(
  { cloudMap }: Aws,
  operation: string,
  member: string,
  input: object,
): Promise<Item[][]> {
  return allPages(async (NextToken) => {
    const answer = await cloudMap<Record<string, unknown>>(operation, { ...input, NextToken });
    return { items: answer[member] as Item[], next: answer['NextToken'] as string | undefined };
  });
}

/** https://docs.aws.amazon.com/cloud-map/latest/api/API_Operations.html */
export const cloudMapCases: Cases = {
  'a namespace is listed with the name by which it is discovered': async (aws) => {
    const { id, name } = await createNamespace(aws);
    const pages = await pagesOf<Named>(aws, 'ListNamespaces', 'Namespaces', {});
    expect(pages.flat().find(({ Id }) => Id === id)).toMatchObject({
      Name: name,
      Type: 'HTTP',
      Arn: `arn:aws:servicediscovery:${aws.region}:${aws.account}:namespace/${id}`,
      Properties: { HttpProperties: { HttpName: name } },
    });
  },

  'namespaces are listed by pages': async (aws) => {
    const made = await Promise.all([createNamespace(aws), createNamespace(aws), createNamespace(aws)]);
    const pages = await pagesOf<Named>(aws, 'ListNamespaces', 'Namespaces', { MaxResults: 2 });
    expect(Math.max(...pages.map((page) => page.length))).toBe(2);
    expect(pages.flat().map(({ Id }) => Id)).toEqual(expect.arrayContaining(made.map(({ id }) => id)));
  },

  'a filter on the name leaves one namespace': async (aws) => {
    const [wanted] = await Promise.all([createNamespace(aws), createNamespace(aws)]);
    const Filters = [{ Name: 'NAME', Values: [wanted.name], Condition: 'EQ' }];
    const pages = await pagesOf<Named>(aws, 'ListNamespaces', 'Namespaces', { Filters });
    expect(pages.flat().map(({ Id }) => Id)).toEqual([wanted.id]);
  },

  'services are listed by their namespace': async (aws) => {
    const [service] = await Promise.all([createService(aws), createService(aws)]);
    const Filters = [{ Name: 'NAMESPACE_ID', Values: [service.namespace], Condition: 'EQ' }];
    const pages = await pagesOf<Named>(aws, 'ListServices', 'Services', { Filters });
    expect(pages.flat().map(({ Id }) => Id)).toEqual([service.id]);
  },

  'services tell whether their health is checked': async (aws) => {
    const [checked, unchecked] = await Promise.all([createService(aws), createService(aws, {})]);
    const pages = await pagesOf<Named & { HealthCheckCustomConfig?: object | null }>(
      aws,
      'ListServices',
      'Services',
      {},
    );
    const checkOf = (id: string) =>
      pages.flat().find(({ Id }) => Id === id)?.HealthCheckCustomConfig ?? undefined;
    expect(checkOf(checked.id)).toBeDefined();
    expect(checkOf(unchecked.id)).toBeUndefined();
  },

  'instances are listed by pages': async (aws) => {
    const service = await createService(aws);
    const ids = await registerAll(service, 5);
    const input = { ServiceId: service.id, MaxResults: 2 };
    const pages = await pagesOf<{ Id: string }>(aws, 'ListInstances', 'Instances', input);
    expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
    expect(
      pages
        .flat()
        .map(({ Id }) => Id)
        .toSorted(),
    ).toEqual(ids);
  },

  'instances are listed 100 a page': async (aws) => {
    const service = await createService(aws);
    await registerAll(service, 101);
    const pages = await pagesOf(aws, 'ListInstances', 'Instances', { ServiceId: service.id });
    expect(pages.map((page) => page.length)).toEqual([100, 1]);
  },

  'a page of instances holds 100 at most': async (aws) => {
    const { id: ServiceId } = await createService(aws);
    const call = aws.cloudMap('ListInstances', { ServiceId, MaxResults: 101 });
    expect(await refusal(call)).toEqual(['InvalidInput', 400]);
  },

  'instances are discovered with their attributes': async (aws) => {
    const service = await createService(aws);
    await service.register('i-1', { AWS_INSTANCE_IPV4: '10.0.0.1', AWS_INSTANCE_PORT: '80', check: '/up' });
    const { Instances } = await service.discover();
    expect(Instances).toMatchObject([
      {
        InstanceId: 'i-1',
        Attributes: { AWS_INSTANCE_IPV4: '10.0.0.1', AWS_INSTANCE_PORT: '80', check: '/up' },
      },
    ]);
  },

  'a service without instances is discovered': async (aws) => {
    expect((await (await createService(aws)).discover()).Instances).toEqual([]);
  },

  'an instance that is registered again has its new attributes': async (aws) => {
    const service = await createService(aws);
    await service.register('i-1', { AWS_INSTANCE_IPV4: '10.0.0.1', old: '1' });
    await service.register('i-1', { AWS_INSTANCE_IPV4: '10.0.0.2' });
    const { Instances } = await service.discover();
    expect(Instances.map(({ Attributes }) => Attributes)).toEqual([{ AWS_INSTANCE_IPV4: '10.0.0.2' }]);
  },

  'as many are discovered as asked for, 100 unless told': async (aws) => {
    const service = await createService(aws);
    const ids = await registerAll(service, 101);
    expect((await service.discover()).Instances).toHaveLength(100);
    expect((await service.discover({ MaxResults: 7 })).Instances).toHaveLength(7);
    expect(idsOf((await service.discover({ MaxResults: 1_000 })).Instances)).toEqual(ids);
  },

  'no more than 1,000 can be asked for': async (aws) => {
    const service = await createService(aws);
    expect(await refusal(service.discover({ MaxResults: 1_001 }))).toEqual(['InvalidInput', 400]);
  },

  'the revision moves when instances come and go': async (aws) => {
    const service = await createService(aws);
    await service.register('i-1');
    const one = await service.revision();
    expect(await service.revision()).toBe(one);
    await service.register('i-2');
    const two = await service.revision();
    expect(two).not.toBe(one);
    await service.deregister('i-2');
    expect(await service.revision()).not.toBe(two);
  },

  'the revision only grows': async (aws) => {
    const service = await createService(aws);
    await service.register('i-1');
    const before = await service.revision();
    await service.deregister('i-1');
    expect(await service.revision()).toBeGreaterThan(before);
  },

  'the revision comes with the instances': async (aws) => {
    const service = await createService(aws);
    await service.register('i-1');
    expect((await service.discover()).InstancesRevision).toBe(await service.revision());
  },

  'health does not move the revision': async (aws) => {
    const service = await createService(aws);
    await service.register('i-1');
    const before = await service.revision();
    await service.setHealth('i-1', 'UNHEALTHY');
    expect(await service.revision()).toBe(before);
  },

  'instances are discovered by their health': async (aws) => {
    const service = await createService(aws);
    await registerAll(service, 3);
    await service.setHealth('i-001', 'UNHEALTHY');
    const found = async (HealthStatus: string) => idsOf((await service.discover({ HealthStatus })).Instances);
    expect(await found('HEALTHY')).toEqual(['i-000', 'i-002']);
    expect(await found('UNHEALTHY')).toEqual(['i-001']);
    expect(await found('ALL')).toEqual(['i-000', 'i-001', 'i-002']);
  },

  'all are discovered where the healthy are asked for and none is': async (aws) => {
    const service = await createService(aws);
    await registerAll(service, 2);
    const found = async () =>
      idsOf((await service.discover({ HealthStatus: 'HEALTHY_OR_ELSE_ALL' })).Instances);
    await service.setHealth('i-000', 'UNHEALTHY');
    expect(await found()).toEqual(['i-001']);
    await service.setHealth('i-001', 'UNHEALTHY');
    expect(await found()).toEqual(['i-000', 'i-001']);
  },

  'an instance may begin unhealthy': async (aws) => {
    const service = await createService(aws);
    await service.register('i-1', {
      AWS_INSTANCE_IPV4: '10.0.0.1',
      AWS_INIT_HEALTH_STATUS: 'UNHEALTHY',
    });
    const { Instances } = await service.discover();
    expect(Instances.map(({ HealthStatus }) => HealthStatus)).toEqual(['UNHEALTHY']);
  },

  'the health of all instances is told at once': async (aws) => {
    const service = await createService(aws);
    await registerAll(service, 2);
    await service.setHealth('i-000', 'UNHEALTHY');
    const answer = await aws.cloudMap('GetInstancesHealthStatus', { ServiceId: service.id });
    expect(answer).toMatchObject({ Status: { 'i-000': 'UNHEALTHY', 'i-001': 'HEALTHY' } });
  },

  'health is set where a service has a custom check': async (aws) => {
    const service = await createService(aws, {});
    await service.register('i-1');
    expect(await refusal(service.setHealth('i-1', 'UNHEALTHY'))).toEqual(['CustomHealthNotFound', 400]);
  },

  'a service with SRV records needs the ports of its instances': async (aws) => {
    const service = await createService(aws, { DnsConfig: { DnsRecords: [{ Type: 'SRV', TTL: 10 }] } });
    expect(await refusal(service.register('i-1'))).toEqual(['InvalidInput', 400]);
  },

  'an instance is deregistered once': async (aws) => {
    const service = await createService(aws);
    await service.register('i-1');
    await service.deregister('i-1');
    expect((await service.discover()).Instances).toEqual([]);
    expect(await refusal(service.deregister('i-1'))).toEqual(['InstanceNotFound', 400]);
  },

  'a service with instances is not deleted': async (aws) => {
    const service = await createService(aws);
    await service.register('i-1');
    expect(await refusal(aws.cloudMap('DeleteService', { Id: service.id }))).toEqual(['ResourceInUse', 400]);
    await service.deregister('i-1');
    await aws.cloudMap('DeleteService', { Id: service.id });
    expect(await refusal(service.discover())).toEqual(['ServiceNotFound', 400]);
  },

  'a namespace with services is not deleted': async (aws) => {
    const { namespace: Id } = await createService(aws);
    expect(await refusal(aws.cloudMap('DeleteNamespace', { Id }))).toEqual(['ResourceInUse', 400]);
  },

  'a name that is taken is refused': async (aws) => {
    const { namespace: NamespaceId } = await createService(aws);
    const second = aws.cloudMap('CreateService', { Name: 'web', NamespaceId });
    expect(await refusal(second)).toEqual(['ServiceAlreadyExists', 400]);
  },

  'what is missing is named by the error': async (aws) => {
    const ServiceId = 'srv-0000000000000000';
    const { name: NamespaceName } = await createNamespace(aws);
    const discover = (input: object) => refusal(aws.cloudMap('DiscoverInstances', input));
    expect(await discover({ NamespaceName, ServiceName: 'gone' })).toEqual(['ServiceNotFound', 400]);
    expect(await discover({ NamespaceName: unique('gone'), ServiceName: 'web' })).toEqual([
      'NamespaceNotFound',
      400,
    ]);
    const listed = refusal(aws.cloudMap('ListInstances', { ServiceId }));
    expect(await listed).toEqual(['ServiceNotFound', 400]);
  },
};
