import { expect, it } from 'vitest';
import type { FieldSelector } from '../../../src/aws/inspection/api.ts';
import { recordsTagging } from '../../../src/registrator/doctor/selectors.ts';

const basic = (more: object = {}) => ({
  basic: [{ readWrite: 'All', management: true, withoutSources: [], ...more }],
  advanced: [],
});

const none = {
  equals: [],
  startsWith: [],
  endsWith: [],
  notEquals: [],
  notStartsWith: [],
  notEndsWith: [],
};
const where = (field: string, condition: Partial<FieldSelector>): FieldSelector => ({
  ...none,
  field,
  ...condition,
});
const management = where('eventCategory', { equals: ['Management'] });
const advanced = (...conditions: FieldSelector[]) => ({ basic: [], advanced: [conditions] });

it.each([
  ['nothing but the default', { basic: [], advanced: [] }, true],
  ['all management events', basic(), true],
  ['writes', basic({ readWrite: 'WriteOnly' }), true],
  ['reads', basic({ readWrite: 'ReadOnly' }), false],
  ['data events', basic({ management: false }), false],
  ['all but KMS', basic({ withoutSources: ['kms.amazonaws.com'] }), true],
  ['management events by fields', advanced(management), true],
  ['data events by fields', advanced(where('eventCategory', { equals: ['Data'] })), false],
  ['no category', advanced(where('readOnly', { equals: ['false'] })), false],
  ['writes by fields', advanced(management, where('readOnly', { equals: ['false'] })), true],
  ['reads by fields', advanced(management, where('readOnly', { equals: ['true'] })), false],
  ['Lambda alone', advanced(management, where('eventSource', { equals: ['lambda.amazonaws.com'] })), true],
  [
    'all but Lambda',
    advanced(management, where('eventSource', { notEquals: ['lambda.amazonaws.com'] })),
    false,
  ],
  [
    'all but KMS by fields',
    advanced(management, where('eventSource', { notEquals: ['kms.amazonaws.com'] })),
    true,
  ],
  ['deletions', advanced(management, where('eventName', { startsWith: ['Delete'] })), false],
  ['names that end with v2', advanced(management, where('eventName', { endsWith: ['v2'] })), true],
  ['no tagging', advanced(management, where('eventName', { notStartsWith: ['Tag', 'Untag'] })), false],
  ['no second versions', advanced(management, where('eventName', { notEndsWith: ['v2'] })), false],
  ['some callers', advanced(management, where('userIdentity.arn', { startsWith: ['arn:aws:iam'] })), true],
])('of a trail that takes %s', (_what, selectors, records) => {
  expect(recordsTagging(selectors)).toBe(records);
});
