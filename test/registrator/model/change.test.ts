import { describe, expect, it } from 'vitest';
import { agentsPlace } from '../../../src/lambda-service/place.ts';
import type { LambdaService } from '../../../src/lambda-service/service.ts';
import { diffPair } from '../../../src/registrator/model/change.ts';
import { registeredPair } from '../../support/plan/consul-model.ts';
import { fullArn, scope } from '../../support/plan/fixtures.ts';

const pay: LambdaService = {
  name: 'pay',
  arn: fullArn('pay'),
  payloadPassthrough: false,
  invocationMode: 'synchronous',
  tags: [],
};
const registered = registeredPair('pay', 'pay');

const diff = (
  pair: Parameters<typeof diffPair>[0],
  wanted: Partial<LambdaService> = {},
): ReturnType<typeof diffPair> =>
  diffPair(pair, { ...pay, ...wanted }, { ownerId: scope.ownerId, format: 'envoy-extension' });

describe('the difference between a pair and what is wanted', () => {
  it('is everything where nothing is registered', () => {
    const {
      fields,
      writes: { service, defaults },
    } = diff(
      { place: agentsPlace, namesakes: [] },
      { tags: ['blue'], routeHost: 'pay.example.com', routePath: '/pay', invocationMode: 'asynchronous' },
    );
    expect(fields).toEqual(['service', 'service-defaults']);
    expect(service).toEqual({
      ID: 'pay',
      Service: 'pay',
      Tags: ['managed-by-lambda-registrator', 'blue'],
      Meta: {
        'lambda-arn': fullArn('pay'),
        'lambda-payload-passthrough': 'false',
        'lambda-invocation-mode': 'asynchronous',
        'lambda-route-host': 'pay.example.com',
        'lambda-route-path': '/pay',
        'registrator-owner': scope.ownerId,
        'registrator-schema': '1',
      },
    });
    expect(defaults).toMatchObject({ Kind: 'service-defaults', Name: 'pay', Protocol: 'http' });
  });

  it('is nothing where everything is as wanted, whatever others added and in whatever order', () => {
    const service = {
      ...registered.service,
      Tags: ['managed-by-lambda-registrator'],
      Meta: { team: 'payments', ...registered.service.Meta },
      Port: 443,
    };
    expect(diff({ ...registered, service, place: agentsPlace, namesakes: [] })).toEqual({
      fields: [],
      writes: {},
    });
    const tagged = { ...service, Tags: ['blue', 'managed-by-lambda-registrator', 'green'] };
    expect(
      diff(
        { ...registered, service: tagged, place: agentsPlace, namesakes: [] },
        { tags: ['green', 'blue'] },
      ),
    ).toEqual({ fields: [], writes: {} });
  });

  it('is written to the half alone that it is in', () => {
    const service = { ...registered.service, Tags: [] };
    const inService = diff({ ...registered, service, place: agentsPlace, namesakes: [] });
    expect(Object.keys(inService.writes).toSorted()).toEqual(['service']);
    const defaults = { ...registered.defaults, Protocol: 'tcp' };
    const inDefaults = diff({ ...registered, defaults, place: agentsPlace, namesakes: [] });
    expect(Object.keys(inDefaults.writes).toSorted()).toEqual(['defaults']);
    expect(inDefaults.fields).toEqual(['service-defaults.Protocol']);
  });

  it('removes the routes that are no longer asked for and keeps what others added', () => {
    const service = {
      ...registered.service,
      Address: 'lambda.example.com',
      Port: 443,
      Weights: { Passing: 5, Warning: 1 },
      Meta: { ...registered.service.Meta, 'lambda-route-host': 'old.example.com', team: 'payments' },
    };
    const {
      fields,
      writes: { service: written },
    } = diff({ ...registered, service, place: agentsPlace, namesakes: [] });
    expect(fields).toEqual(['Meta.lambda-route-host']);
    expect(written).toEqual({
      ID: 'pay',
      Service: 'pay',
      Address: 'lambda.example.com',
      Port: 443,
      Weights: { Passing: 5, Warning: 1 },
      Tags: ['managed-by-lambda-registrator'],
      Meta: { ...registered.service.Meta, team: 'payments' },
    });
  });

  it.each([
    [{ Tags: null }, ['Tags']],
    [{ Tags: ['managed-by-lambda-registrator', 'stale'] }, ['Tags']],
    [{ Meta: { ...registered.service.Meta, 'registrator-schema': '0' } }, ['Meta.registrator-schema']],
  ])('names what drifted in %j', (drift, fields) => {
    const service = { ...registered.service, ...drift };
    expect(diff({ ...registered, service, place: agentsPlace, namesakes: [] }).fields).toEqual(fields);
  });

  it('keeps a name as it is spelt', () => {
    const service = { ...registered.service, ID: 'Pay', Service: 'Pay', Tags: null };
    const { writes } = diff({ ...registered, service, place: agentsPlace, namesakes: [] });
    expect(writes.service).toMatchObject({ ID: 'Pay', Service: 'Pay' });
  });
});
