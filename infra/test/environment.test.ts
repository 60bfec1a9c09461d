import { describe, expect, it } from 'vitest';
import { readRegistratorConfig } from '../../src/registrator/config.ts';
import { readRegistryConfig } from '../../src/registry/config.ts';
import { isObject, type JsonObject } from '../module/expressions.ts';
import { at, everything, only, registratorStack, registryStack } from './support/configurations.ts';

describe('the environment that is synthesised', () => {
  /** The variables themselves, or the local that they are filtered from. */
  function environment(configuration: JsonObject): Record<string, string> {
    const variables = at(only(configuration, 'aws_lambda_function'), 'environment', 'variables');
    const [local] = isObject(configuration['locals']) ? Object.values(configuration['locals']) : [];
    return (isObject(variables) ? variables : local) as Record<string, string>;
  }

  it('is what the registrator reads', () => {
    const config = readRegistratorConfig(
      environment(
        registratorStack({
          consulCaCertPath: '/consul/ca',
          httpTokenPath: 'consul/token',
          servicePrefix: 'fn-',
        }),
      ),
    );
    expect(config).toMatchObject({
      address: { host: 'consul.example.com', port: 8501, secure: true },
      caParameter: '/consul/ca',
      tokenParameter: '/consul/token',
      nodeName: 'lambdas',
      servicePrefix: 'fn-',
      policy: 'sync',
    });
  });

  it('is what the registrator reads of places, gateways, extension data and owners', () => {
    const config = readRegistratorConfig(environment(registratorStack(everything)));
    expect(config).toMatchObject({
      datacenter: 'dc1',
      primaryDatacenter: 'dc1',
      enterprise: true,
      partitions: ['default', 'apps'],
      terminatingGateway: 'terminating-gateway',
      extension: {
        prefix: '/consul/lambda',
        tier: 'Intelligent-Tiering',
        kmsKey: everything.extensionDataKmsKeyArn,
      },
      syncPeriod: 5,
      previousOwnerIds: ['123456789012/eu-central-1/functions'],
      warnings: [],
    });
  });

  it.each([1, 30])('tells the program that it syncs every %i minutes', (syncFrequencyInMinutes) => {
    const config = readRegistratorConfig(environment(registratorStack({ syncFrequencyInMinutes })));
    expect(config.syncPeriod).toBe(syncFrequencyInMinutes);
  });

  it.each([[['default']], [['DEFAULT', 'default']]])(
    'may name the partitions %j of Community',
    (partitions) => {
      expect(readRegistratorConfig(environment(registratorStack({ partitions }))).partitions).toEqual([]);
    },
  );

  it.each(['INFO', 'Debug', 'off'])('may name the log level %s as the program reads it', (logLevel) => {
    expect(() => readRegistratorConfig(environment(registratorStack({ logLevel })))).not.toThrow();
  });

  it('switches TLS on for an address without a scheme when there is a CA', () => {
    const props = { consulHttpAddr: 'consul:8501', consulCaCertPath: '/consul/ca' };
    expect(readRegistratorConfig(environment(registratorStack(props))).address.secure).toBe(true);
  });

  it('is what the registry reads', () => {
    const variables = environment(
      registryStack({
        tables: ['production', 'staging'],
        statsBind: '',
        nameservers: '10.0.0.2, [2001:db8::1]:53',
        basePath: '/registry',
        badCandidates: 'skip',
      }),
    );
    // The table's name is a reference to the table.
    const config = readRegistryConfig({ ...variables, TABLE_NAME: 'registry' });
    expect(config).toMatchObject({
      tables: ['production', 'staging'],
      statsBinds: [],
      defaultAnswer: 'text',
      basePath: '/registry',
      badCandidates: 'skip',
    });
  });
});
