import { describe, expect, it } from 'vitest';
import { mergeBatch, parseEvent, type Trigger } from '../../../src/registrator/event/events.ts';
import { eventFixture, eventNames } from '../../support/events.ts';

const orders = 'arn:aws:lambda:eu-west-1:123456789012:function:orders';
const billing = 'arn:aws:lambda:eu-west-1:123456789012:function:billing';

/** What the registrator looks at, by the beginning of the scenario's name; the first that fits counts. */
const outcomes: readonly (readonly [prefix: string, trigger: Partial<Trigger>])[] = [
  ['scheduled-rule', { kind: 'full', dryRun: false }],
  ['scheduler-', { kind: 'full', dryRun: false }],
  ['sync-all', { kind: 'full', dryRun: false }],
  ['sync-dry-run', { kind: 'full', dryRun: true }],
  ['sync-functions', { kind: 'functions', arns: [orders, billing] }],
  ['create-function-url-config', { kind: 'ignored' }],
  ['create-function-failed', { kind: 'ignored' }],
  ['tag-resource-failed', { kind: 'ignored' }],
  ['tag-resource-event-source-mapping', { kind: 'ignored' }],
  ['tag-resource-code-signing-config', { kind: 'ignored' }],
  ['untag-resource-event-source-mapping', { kind: 'ignored' }],
  ['sqs-batch-of-functions', { kind: 'functions', arns: [orders, billing] }],
  ['sqs-batch-with-schedule', { kind: 'full', dryRun: false }],
  ['sqs-batch-with-unreadable-message', { kind: 'functions', arns: [orders] }],
  ...['create-', 'delete-', 'update-', 'publish-', 'tag-', 'untag-'].map(
    (prefix): readonly [string, Partial<Trigger>] => [prefix, { kind: 'functions', arns: [orders] }],
  ),
];

const foreign = ['kms-tag-resource', 's3-object-created'];

describe('the events in fixtures/events', () => {
  it.each(eventNames.filter((name) => !foreign.includes(name)))('reads %s', (name) => {
    const parsed = parseEvent(eventFixture(name));
    const [, trigger] = outcomes.find(([prefix]) => name.startsWith(prefix)) ?? [];
    expect(parsed.kind === 'batch' ? mergeBatch(parsed) : parsed).toMatchObject(trigger ?? {});
    expect(trigger).toBeDefined();
  });

  it.each(foreign)('refuses %s', (name) => {
    expect(() => parseEvent(eventFixture(name))).toThrow(/Unsupported event/);
  });
});
