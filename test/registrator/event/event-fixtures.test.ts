import { describe, expect, it } from 'vitest';
import { parseEvent } from '../../../src/registrator/event/events.ts';
import { mergedTask, type Trigger } from '../../../src/registrator/event/trigger.ts';
import { eventFixture, eventNames } from '../../support/registrator/events.ts';
import { functionArn, home } from '../../support/aws/sandbox-aws.ts';

const orders = functionArn('orders');
const billing = functionArn('billing');
const ordersInEusc = 'arn:aws-eusc:lambda:eusc-de-east-1:123456789012:function:orders';

type Outcome = Partial<Trigger>;
const lookAt = (...arns: string[]): Outcome => ({ kind: 'functions', arns, dryRun: false });
const ignored = (level: 'info' | 'warn'): Outcome => ({ kind: 'ignored', level });

/** What the registrator looks at, by the beginning of the scenario's name; the first that fits counts. */
const outcomes: readonly (readonly [prefix: string, outcome: Outcome])[] = [
  ['scheduled-rule', { kind: 'full', dryRun: false }],
  ['scheduler-', { kind: 'full', dryRun: false }],
  ['sync-all', { kind: 'full', dryRun: false }],
  ['sync-dry-run', { kind: 'full', dryRun: true }],
  ['sync-functions', lookAt(orders, billing)],
  ['create-function-url-config', ignored('info')],
  ['create-function-edge-replica', ignored('info')],
  ['tag-resource-failed', ignored('info')],
  ['tag-resource-event-source-mapping', ignored('info')],
  ['tag-resource-code-signing-config', ignored('info')],
  ['tag-resource-null-parameters', ignored('warn')],
  ['update-function-code-omitted', ignored('warn')],
  ['untag-resource-event-source-mapping', ignored('info')],
  ['delete-function-eusc', lookAt(ordersInEusc)],
  ['sqs-batch-of-functions', lookAt(orders, billing)],
  ['sqs-batch-of-notifications', lookAt(orders, billing)],
  ['sqs-batch-with-schedule', { kind: 'full', dryRun: false }],
  ['sqs-batch-with-', lookAt(orders)],
  ...['sns-', 'input-path-record', 'create-', 'delete-', 'update-', 'publish-', 'tag-', 'untag-'].map(
    (prefix) => [prefix, lookAt(orders)] as const,
  ),
];

const refused = ['input-path-empty', 'kms-tag-resource', 's3-object-created'];

describe('the events in fixtures/events', () => {
  it.each(eventNames.filter((name) => !refused.includes(name)))('reads %s', (name) => {
    const [, outcome] = outcomes.find(([prefix]) => name.startsWith(prefix)) ?? [];
    const triggers = triggersOf(name);
    expect(mergedTask(triggers) ?? triggers[0]).toMatchObject(outcome ?? {});
    expect(outcome).toBeDefined();
  });

  it.each(refused)('refuses %s', (name) => {
    expect(parseEvent(eventFixture(name), home)).toMatchObject({
      messages: [{ error: { code: 'EVENT_UNSUPPORTED' } }],
    });
  });
});

/** What the readable messages of an event ask for, of a registrator in the region that it comes from. */
function triggersOf(name: string): Trigger[] {
  const eusc = { ...home, partition: 'aws-eusc', region: 'eusc-de-east-1' };
  const { messages } = parseEvent(eventFixture(name), name.endsWith('-eusc') ? eusc : home);
  return messages.flatMap((message) => ('trigger' in message ? [message.trigger] : []));
}
