import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tries } from '../support/explorations.ts';
import { readRegisteredService } from '../../src/lambda-service/registered-service.ts';
import {
  type LambdaService,
  managedTag,
  metaKeys,
  serviceMeta,
  serviceTags,
} from '../../src/lambda-service/service.ts';

const arn = 'arn:aws:lambda:eu-west-1:123456789012:function:pay';
const word = fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/);

const service: fc.Arbitrary<LambdaService> = fc.record(
  {
    name: fc.oneof(word, fc.constantFrom('__proto__', 'constructor')),
    arn: fc.tuple(word, fc.option(word)).map(([name, alias]) => {
      const unqualified = `arn:aws:lambda:eu-west-1:123456789012:function:${name}`;
      return alias === null ? unqualified : `${unqualified}:${alias}`;
    }),
    payloadPassthrough: fc.boolean(),
    invocationMode: fc.constantFrom('synchronous' as const, 'asynchronous' as const),
    tags: fc.uniqueArray(
      fc.string({ maxLength: 8 }).filter((tag) => tag !== managedTag),
      { maxLength: 3 },
    ),
    routeHost: fc.constantFrom('pay.example.com', '*.example.com'),
    routePath: fc.constantFrom('/', '/api/v1'),
  },
  { requiredKeys: ['name', 'arn', 'payloadPassthrough', 'invocationMode', 'tags'] },
);

describe('a registered service', () => {
  it('is read as it was written', () => {
    const property = fc.property(service, fc.string(), (written, owner) => {
      const entry = { name: written.name, tags: serviceTags(written), meta: serviceMeta(written, owner) };
      expect(readRegisteredService(entry)).toEqual({ ok: true, value: { ...written, owner } });
    });
    fc.assert(property, tries());
  });

  it('has the defaults of the tags where its Meta says nothing', () => {
    const entry = { name: 'pay', tags: [managedTag], meta: { [metaKeys.arn]: arn } };
    expect(readRegisteredService(entry)).toEqual({
      ok: true,
      value: { name: 'pay', arn, payloadPassthrough: false, invocationMode: 'synchronous', tags: [] },
    });
  });

  it.each(['ASYNCHRONOUS', 'Asynchronous', 'asynchronous'])('may have the invocation mode %s', (mode) => {
    const meta = { [metaKeys.arn]: arn, [metaKeys.invocationMode]: mode };
    expect(readRegisteredService({ name: 'pay', tags: [managedTag], meta })).toMatchObject({
      value: { invocationMode: 'asynchronous' },
    });
  });

  it.each([
    ['has another tag', { tags: ['managed-by-terraform'], meta: { [metaKeys.arn]: arn } }],
    ['has no tags', { tags: null, meta: { [metaKeys.arn]: arn } }],
    ['names no function', { tags: [managedTag], meta: {} }],
    ['has no Meta', { tags: [managedTag], meta: null }],
  ])('is none that %s', (_what, entry) => {
    expect(readRegisteredService({ name: 'pay', ...entry })).toBeUndefined();
  });

  it.each([
    [metaKeys.arn, 'arn:aws:s3:::bucket', 'the ARN of a Lambda function'],
    [metaKeys.arn, '', 'the ARN of a Lambda function'],
    [metaKeys.payloadPassthrough, 'yes', 'true or false'],
    [metaKeys.invocationMode, 'Event', 'synchronous or asynchronous'],
    [metaKeys.schema, '2', '1, the version known here'],
  ])('with %s=%j says what it must be', (key, value, rule) => {
    const entry = { name: 'pay', tags: [managedTag], meta: { [metaKeys.arn]: arn, [key]: value } };
    expect(readRegisteredService(entry)).toEqual({
      ok: false,
      problem: `${key} must be ${rule}, not ${JSON.stringify(value)}`,
    });
  });
});
