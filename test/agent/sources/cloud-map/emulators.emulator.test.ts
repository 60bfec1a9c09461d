import { describe, expect, it } from 'vitest';
import type { Reading } from '../../../../src/agent/model/sighting.ts';
import { startCloudMapSource } from '../../../../src/agent/sources/cloud-map/source.ts';
import { systemClock } from '../../../../src/core/clock.ts';
import { cloudMapAt } from '../../../support/aws/cloud-map.ts';
import { callOperation } from '../../../support/aws/emulator-calls.ts';
import { startMinistack, startMoto } from '../../../support/aws/emulators.ts';
import { entryOf } from '../../../support/agent/followed-cloud-map.ts';
import { region } from '../../../support/aws/sandbox-aws.ts';
import { waitUntil } from '../../../support/wait-until.ts';

describe.each([
  ['moto', startMoto],
  ['ministack', () => startMinistack()],
])('%s', (_name, start) => {
  it('is followed: services come, drain and go', async () => {
    await using emulator = await start();
    const ask = <Answer>(operation: string, input: object) =>
      callOperation(
        emulator.url,
        'servicediscovery',
        `Route53AutoNaming_v20170314.${operation}`,
        input,
      ) as Promise<Answer>;
    for (const Name of ['other', 'cluster']) await ask('CreateHttpNamespace', { Name });
    const { Namespaces } = await ask<{ Namespaces: { Id: string; Name: string }[] }>('ListNamespaces', {});
    const [other, cluster] = ['other', 'cluster'].map(
      (wanted) => Namespaces.find(({ Name }) => Name === wanted)?.Id,
    );
    await ask('CreateService', { Name: 'stranger', NamespaceId: other });
    const { Service } = await ask<{ Service: { Id: string } }>('CreateService', {
      Name: '_web._tcp',
      NamespaceId: cluster,
      HealthCheckCustomConfig: { FailureThreshold: 1 },
    });
    const ServiceId = Service.Id;
    const Attributes = { AWS_INSTANCE_IPV4: '10.0.0.1', AWS_INSTANCE_PORT: '8080' };
    for (const InstanceId of ['i-1', 'i-2'])
      await ask('RegisterInstance', { ServiceId, InstanceId, Attributes });

    let last: Reading | undefined;
    const cloudMap = await cloudMapAt(emulator.url, { clock: systemClock });
    const source = startCloudMapSource(
      {
        region,
        namespaces: [entryOf('cluster')],
        refreshMs: 100,
        healthRefreshMs: 200,
        servicesRefreshMs: 0,
        api: 'auto',
      },
      cloudMap,
      { onReading: (reading) => (last = reading), onFailure: () => {} },
    );
    const states = () =>
      last?.sightings.get('web.cluster')?.instances.map(({ id, state }) => `${id} ${state}`);
    const become = (expected: string[] | undefined) =>
      waitUntil(String(expected), () => last && String(states()) === String(expected));
    try {
      await become(['i-1 ready', 'i-2 ready']);
      expect([...(last?.sightings.keys() ?? [])]).toEqual(['web.cluster']);
      await ask('UpdateInstanceCustomHealthStatus', { ServiceId, InstanceId: 'i-1', Status: 'UNHEALTHY' });
      await become(['i-1 drain', 'i-2 ready']);
      await ask('DeregisterInstance', { ServiceId, InstanceId: 'i-1' });
      await become(['i-2 ready']);
      await ask('DeregisterInstance', { ServiceId, InstanceId: 'i-2' });
      await ask('DeleteService', { Id: ServiceId });
      await become(undefined);
    } finally {
      source.close();
      await cloudMap.close();
    }
  });
});
