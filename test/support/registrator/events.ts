import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('../../../fixtures/events/', import.meta.url);

/** The names of all events in `fixtures/events`. */
export const eventNames: readonly string[] = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.slice(0, -'.json'.length))
  .toSorted();

/** An event of `fixtures/events`, by the name of its scenario. */
export function eventFixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'));
}

/** An API call of Lambda as EventBridge delivers it, with `detail` over what every record has. */
export function apiCall(eventName: string, detail: object = {}): Record<string, unknown> {
  return {
    version: '0',
    id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
    'detail-type': 'AWS API Call via CloudTrail',
    source: 'aws.lambda',
    account: '123456789012',
    region: 'eu-west-1',
    detail: { eventSource: 'lambda.amazonaws.com', eventName, awsRegion: 'eu-west-1', ...detail },
  };
}

/** A request by hand. */
export function manual(fields: object = {}): object {
  return { source: 'lambda-registrator', action: 'sync', ...fields };
}

/** A message as SNS wraps it for a queue, and under `Sns` for a function. */
export function notification(content: unknown, fields: object = {}): object {
  return {
    Type: 'Notification',
    MessageId: '82833b5c-8d5d-56d0-b0e1-7511f8253eb8',
    TopicArn: 'arn:aws:sns:eu-west-1:123456789012:lambda-events',
    Message: typeof content === 'string' ? content : JSON.stringify(content),
    Timestamp: '2026-11-20T09:14:04.000Z',
    ...fields,
  };
}

/** What SNS invokes a function with, one record for each content. */
export function topicEvent(...contents: unknown[]): object {
  const Records = contents.map((content, index) => ({
    EventSource: 'aws:sns',
    EventVersion: '1.0',
    EventSubscriptionArn: 'arn:aws:sns:eu-west-1:123456789012:lambda-events:6a7e8feb',
    Sns: notification(content, { MessageId: `s${index}` }),
  }));
  return { Records };
}

/** A batch of queue messages that hold these events, numbered from `m0`. */
export function batchOf(...bodies: (object | string)[]): object {
  return {
    Records: bodies.map((body, index) => ({
      eventSource: 'aws:sqs',
      messageId: `m${index}`,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })),
  };
}
