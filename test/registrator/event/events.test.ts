import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAppError } from '../../../src/core/errors.ts';
import { parseEvent } from '../../../src/registrator/event/events.ts';
import { mergedTask } from '../../../src/registrator/event/trigger.ts';
import type { Task } from '../../../src/registrator/model/task.ts';
import { apiCall, batchOf, manual, notification, topicEvent } from '../../support/registrator/events.ts';
import { tries } from '../../support/explorations.ts';
import { functionArn, home } from '../../support/aws/sandbox-aws.ts';

const arn = functionArn('orders');
const full: Task = { kind: 'full', dryRun: false };
const orders: Task = { kind: 'functions', arns: [arn], dryRun: false };
const deleted = apiCall('DeleteFunction', { requestParameters: { functionName: 'orders' } });

function refusal(event: unknown): string {
  try {
    parseEvent(event, home);
  } catch (error) {
    if (isAppError(error, 'EVENT_UNSUPPORTED')) return error.message;
    throw error;
  }
  throw new Error('the event was accepted');
}

function outcome(event: unknown): string {
  try {
    return parseEvent(event, home).from;
  } catch (error) {
    return isAppError(error) ? error.code : String(error);
  }
}

/** What queue messages ask for together. */
function asked(...bodies: (object | string)[]): Task | undefined {
  const { messages } = parseEvent(batchOf(...bodies), home);
  return mergedTask(messages.flatMap((message) => ('trigger' in message ? [message.trigger] : [])));
}

describe('an event by itself', () => {
  it('is one message of its invoker, unreadable or not', () => {
    expect(parseEvent(deleted, home)).toEqual({ from: 'invoker', messages: [{ id: '', trigger: orders }] });
    expect(parseEvent({ source: 'aws.s3' }, home)).toMatchObject({
      from: 'invoker',
      messages: [{ error: { code: 'EVENT_UNSUPPORTED' } }],
    });
  });

  it('may be in an envelope of SNS', () => {
    expect(parseEvent(notification(deleted), home)).toMatchObject({ messages: [{ trigger: orders }] });
  });
});

describe('records of a queue', () => {
  it('are read whatever they hold, and unreadable ones are kept to themselves', () => {
    const event = batchOf(manual(), 'not json', deleted, { Records: [] }, notification(deleted), {});
    expect(parseEvent(event, home)).toMatchObject({
      from: 'queue',
      messages: [
        { id: 'm0', trigger: full },
        { id: 'm1', error: { code: 'EVENT_UNSUPPORTED' } },
        { id: 'm2', trigger: orders },
        { id: 'm3', error: { code: 'EVENT_UNSUPPORTED' } },
        { id: 'm4', trigger: orders },
        { id: 'm5', error: { message: expect.stringContaining('InputPath') } },
      ],
    });
  });

  it('may be none', () => {
    expect(parseEvent({ Records: [] }, home)).toEqual({ from: 'queue', messages: [] });
  });
});

describe('records of a topic', () => {
  it('are read whatever their messages hold, and unreadable ones are kept to themselves', () => {
    expect(parseEvent(topicEvent(manual(), 'not json', deleted, notification(deleted)), home)).toMatchObject({
      from: 'topic',
      messages: [
        { id: 's0', trigger: full },
        { id: 's1', error: { code: 'EVENT_UNSUPPORTED' } },
        { id: 's2', trigger: orders },
        { id: 's3', trigger: orders },
      ],
    });
  });

  it('need no more than the message', () => {
    const event = { Records: [{ EventSource: 'aws:sns', Sns: { Message: JSON.stringify(deleted) } }] };
    expect(parseEvent(event, home)).toMatchObject({ from: 'topic', messages: [{ trigger: orders }] });
  });
});

describe('other records', () => {
  const queued = { eventSource: 'aws:sqs', messageId: 'm0', body: '{}' };
  const published = { EventSource: 'aws:sns', Sns: { Message: '{}' } };

  it.each([
    ['of another service', [{ eventSource: 'aws:s3' }], ['"aws:s3"', 'aws:sqs alone, or of aws:sns alone']],
    ['of a queue and a topic', [queued, published], ['"aws:sqs" and "aws:sns"', 'alone']],
    ['of no service', [{ body: '{}' }], ['come from nothing']],
    ['of a queue and of no service', [queued, {}], ['"aws:sqs" and nothing']],
    ['of a queue without an id', [{ eventSource: 'aws:sqs', body: '' }], ['messageId']],
    ['of a topic without content', [{ EventSource: 'aws:sns' }], ['Sns']],
    ['that are no list', 'text', ['Records']],
    ['that are text', ['text'], ['Records.0']],
  ])('are refused and named: those %s', (_name, Records, parts) => {
    const message = refusal({ Records });
    for (const part of parts) expect(message).toContain(part);
  });

  it('never fail but with an error of their own', () => {
    const source = fc.constantFrom('aws:sqs', 'aws:sns', undefined);
    const record = fc.record(
      {
        eventSource: source,
        EventSource: source,
        messageId: fc.string(),
        body: fc.oneof(fc.json(), fc.jsonValue()),
        Sns: fc.oneof(fc.jsonValue(), fc.record({ Message: fc.oneof(fc.json(), fc.jsonValue()) })),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.array(fc.oneof(fc.jsonValue(), record))), (Records) => {
        expect(outcome({ Records })).toMatch(/^(queue|topic|EVENT_UNSUPPORTED)$/);
      }),
      tries(),
    );
  });
});

describe('several messages together', () => {
  it('ask for each function once', () => {
    const both = asked(manual({ functions: [arn, `${arn}2`] }), manual({ functions: [arn] }));
    expect(both).toEqual({ kind: 'functions', arns: [arn, `${arn}2`], dryRun: false });
  });

  it('ask for everything when one does', () => {
    expect(asked(manual({ functions: [arn] }), manual())).toEqual(full);
  });

  it('never make each other dry, nor make a dry run write', () => {
    expect(asked(manual({ dryRun: true }), manual({ functions: [arn] }))).toEqual(orders);
    expect(asked(manual({ dryRun: true }))).toEqual({ kind: 'full', dryRun: true });
  });

  it('allow as many deletions as the one that allows most, and only where it asks for everything', () => {
    const allowing = (allowDeletes: number, fields = {}): object => manual({ allowDeletes, ...fields });
    expect(asked(allowing(6), manual(), allowing(9))).toEqual({ ...full, allowDeletes: 9 });
    expect(asked(manual(), allowing(9, { functions: [arn] }))).toEqual(full);
    expect(asked(manual(), allowing(9, { dryRun: true }))).toEqual(full);
  });

  it('ask for nothing when all are ignored or unreadable', () => {
    expect(asked(apiCall('TagResource', { errorCode: 'AccessDenied' }), 'x')).toBeUndefined();
    expect(asked()).toBeUndefined();
  });

  it('ask for the same however often and in whatever order they arrive', () => {
    const body = fc.oneof(
      fc
        .record({ dryRun: fc.boolean(), allowDeletes: fc.constantFrom(1, 7) }, { requiredKeys: [] })
        .map(manual),
      fc
        .record({ dryRun: fc.boolean(), functions: fc.constantFrom([arn], [`${arn}2`, arn], [`${arn}3`]) })
        .map(manual),
      fc.constant('unreadable'),
    );
    const sorted = (bodies: (object | string)[]): unknown => {
      const task = asked(...bodies);
      return task?.kind === 'functions' ? { ...task, arns: task.arns.toSorted() } : task;
    };
    fc.assert(
      fc.property(fc.array(body), (bodies) => {
        expect(sorted([...bodies, ...bodies.toReversed()])).toEqual(sorted(bodies));
      }),
      tries(),
    );
  });
});
