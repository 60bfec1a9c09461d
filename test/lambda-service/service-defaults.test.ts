import { describe, expect, it } from 'vitest';
import type { LambdaService } from '../../src/lambda-service/service.ts';
import {
  changedDefaults,
  defaultsArn,
  type DefaultsEntry,
  hasLambdaExtension,
  mergeDefaults,
  type ServiceDefaultsFormat,
} from '../../src/lambda-service/service-defaults.ts';
import { tagPrefix } from '../../src/lambda-service/tags.ts';

const arn = 'arn:aws:lambda:eu-west-1:123456789012:function:pay';
const owner = 'team-a';
const pay: LambdaService = {
  name: 'pay',
  arn,
  payloadPassthrough: true,
  invocationMode: 'asynchronous',
  tags: [],
};

const lambda = {
  Name: 'builtin/aws/lambda',
  Required: false,
  Arguments: { ARN: arn, PayloadPassthrough: true, InvocationMode: 'asynchronous' },
};
const lua = { Name: 'builtin/lua', Required: true, Arguments: { Script: 'x' } };
const metaKeys = {
  [`${tagPrefix}enabled`]: 'true',
  [`${tagPrefix}arn`]: arn,
  [`${tagPrefix}region`]: 'eu-west-1',
  [`${tagPrefix}payload-passthrough`]: 'true',
  [`${tagPrefix}invocation-mode`]: 'asynchronous',
};

const inExtension: DefaultsEntry = {
  Kind: 'service-defaults',
  Name: 'pay',
  Protocol: 'http',
  Meta: { 'registrator-owner': owner },
  EnvoyExtensions: [lambda],
};
const inMeta: DefaultsEntry = {
  Kind: 'service-defaults',
  Name: 'pay',
  Protocol: 'http',
  Meta: { ...metaKeys, 'registrator-owner': owner },
};

/** What Consul 1.23 and 1.12.3 answer beside what was written. */
const addedByConsul = {
  TransparentProxy: {},
  MeshGateway: {},
  Expose: {},
  Hash: 3_134_134_131,
  CreateIndex: 20,
  ModifyIndex: 21,
};

const merge = (
  current: DefaultsEntry | undefined,
  format: ServiceDefaultsFormat = 'envoy-extension',
): DefaultsEntry => mergeDefaults(current, pay, owner, format);

describe('mergeDefaults', () => {
  it('writes an Envoy extension for current servers', () => {
    expect(merge(undefined)).toEqual(inExtension);
  });

  it('writes Meta alone for servers that know no extensions and refuse even an empty list of them', () => {
    const entry = merge(undefined, 'meta');
    expect(entry).toEqual(inMeta);
    expect(entry).not.toHaveProperty('EnvoyExtensions');
    expect(merge({ ...inMeta, EnvoyExtensions: [] }, 'meta')).not.toHaveProperty('EnvoyExtensions');
  });

  it('keeps what others set and drops what Consul adds', () => {
    const others = {
      MeshGateway: { Mode: 'local' },
      UpstreamConfig: { Defaults: { ConnectTimeoutMs: 500 } },
      BalanceInboundConnections: 'exact_balance',
    };
    const current = {
      ...inExtension,
      ...addedByConsul,
      ...others,
      Meta: { ...inExtension.Meta, team: 'payments' },
    };
    expect(merge(current)).toEqual({
      ...inExtension,
      TransparentProxy: {},
      Expose: {},
      ...others,
      Meta: { team: 'payments', 'registrator-owner': owner },
    });
  });

  it('replaces its own arguments and keeps what an operator set beside them', () => {
    const current = {
      ...lambda,
      Required: true,
      ConsulVersion: '>= 1.16',
      Arguments: { arn: 'old', Region: 'x' },
    };
    expect(merge({ ...inExtension, EnvoyExtensions: [current] }).EnvoyExtensions).toEqual([
      { ...lambda, Required: true, ConsulVersion: '>= 1.16' },
    ]);
  });

  it.each([
    [[lua], [lua, lambda]],
    [
      [lambda, lua],
      [lambda, lua],
    ],
    [
      [lua, { ...lambda, Arguments: null }, { ...lua, Required: false }],
      [lua, lambda, { ...lua, Required: false }],
    ],
    [
      [lua, lambda, lua, { ...lambda, Arguments: { ARN: 'second' } }],
      [lua, lambda, lua],
    ],
  ])('keeps the order of the extensions and only one of Lambda: %#', (before, after) => {
    expect(merge({ ...inExtension, EnvoyExtensions: before }).EnvoyExtensions).toEqual(after);
  });

  it('goes from one format to the other without a trace', () => {
    expect(merge({ ...inMeta, EnvoyExtensions: [lua] })).toEqual({
      ...inExtension,
      EnvoyExtensions: [lua, lambda],
    });
    expect(merge(inExtension, 'meta')).toEqual(inMeta);
  });

  it('puts right protocol and owner', () => {
    const current = { ...inExtension, Protocol: 'tcp', Meta: null };
    expect(merge(current)).toEqual(inExtension);
  });

  it('takes the region of Meta from the ARN of any partition', () => {
    const china = { ...pay, arn: 'arn:aws-cn:lambda:cn-north-1:123456789012:function:pay' };
    expect(mergeDefaults(undefined, china, owner, 'meta').Meta).toMatchObject({
      [`${tagPrefix}region`]: 'cn-north-1',
    });
  });
});

describe('changedDefaults', () => {
  it.each([
    ['envoy-extension', inExtension],
    ['meta', inMeta],
  ] as const)('finds nothing in what Consul answers to what was written (%s)', (format, written) => {
    const extensions = (written.EnvoyExtensions ?? []).map((extension) =>
      Object.assign({ ConsulVersion: '', EnvoyVersion: '' }, extension),
    );
    const answered = {
      ...written,
      ...addedByConsul,
      ...(extensions.length ? { EnvoyExtensions: extensions } : {}),
    };
    expect(changedDefaults(answered, merge(answered, format))).toEqual([]);
  });

  it('does not mind defaults that an answer leaves out', () => {
    const service = { ...pay, payloadPassthrough: false };
    const wanted = mergeDefaults(inExtension, service, owner, 'envoy-extension');
    const answered = {
      ...inExtension,
      EnvoyExtensions: [{ Name: lambda.Name, Arguments: { ARN: arn, InvocationMode: 'asynchronous' } }],
    };
    expect(changedDefaults(answered, wanted)).toEqual([]);
  });

  it('does not mind the case of the name, which Consul ignores', () => {
    expect(changedDefaults({ ...inExtension, Name: 'Pay' }, inExtension)).toEqual([]);
  });

  it.each<[string, Partial<DefaultsEntry>, string[]]>([
    ['protocol', { Protocol: 'tcp' }, ['Protocol']],
    ['the missing mark', { Meta: {} }, ['Meta.registrator-owner']],
    ['no Meta at all', { Meta: null }, ['Meta.registrator-owner']],
    ['no extension', { EnvoyExtensions: null }, ['EnvoyExtensions']],
    [
      'another ARN',
      { EnvoyExtensions: [{ ...lambda, Arguments: { ...lambda.Arguments, ARN: `${arn}:prod` } }] },
      ['EnvoyExtensions'],
    ],
    [
      'upper-case invocation mode, which Consul takes for synchronous',
      {
        EnvoyExtensions: [{ ...lambda, Arguments: { ...lambda.Arguments, InvocationMode: 'ASYNCHRONOUS' } }],
      },
      ['EnvoyExtensions'],
    ],
    [
      'leftovers of the older format',
      { Meta: { ...inMeta.Meta } },
      Object.keys(metaKeys).map((key) => `Meta.${key}`),
    ],
  ])('names %s', (_what, drift, fields) => {
    const current = { ...inExtension, ...addedByConsul, ...drift };
    expect(changedDefaults(current, merge(current)).toSorted()).toEqual(fields.toSorted());
  });
});

describe('defaultsArn', () => {
  it.each<[string, Partial<DefaultsEntry>, string | undefined]>([
    ['an extension', { EnvoyExtensions: [lua, lambda] }, arn],
    [
      'an extension with its argument in another case',
      { EnvoyExtensions: [{ ...lambda, Arguments: { arn } }] },
      arn,
    ],
    ['Meta', { Meta: metaKeys }, arn],
    ['another extension alone', { EnvoyExtensions: [{ ...lua, Arguments: { ARN: arn } }] }, undefined],
    ['an ARN that is no text', { EnvoyExtensions: [{ ...lambda, Arguments: { ARN: 7 } }] }, undefined],
    ['an empty ARN', { EnvoyExtensions: [{ ...lambda, Arguments: { ARN: '' } }] }, undefined],
    ['nothing', { Meta: null, EnvoyExtensions: null }, undefined],
  ])('reads %s', (_what, fields, expected) => {
    expect(defaultsArn({ Kind: 'service-defaults', Name: 'pay', ...fields })).toBe(expected);
  });

  it('tells entries that prove a current server', () => {
    expect(hasLambdaExtension(inExtension)).toBe(true);
    expect(hasLambdaExtension(inMeta)).toBe(false);
    expect(hasLambdaExtension({ ...inMeta, EnvoyExtensions: [lua] })).toBe(false);
  });
});
