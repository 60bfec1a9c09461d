import { afterEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/registrator/doctor/check.ts';
import { finding } from '../../support/registrator/doctor.ts';
import { AwsRefusal, eventWaysThatAnswer } from '../../support/registrator/event-ways.ts';
import { arnOf } from '../../support/aws/tag-world.ts';

type Answers = Parameters<typeof eventWaysThatAnswer>[0];
type Started = Awaited<ReturnType<typeof eventWaysThatAnswer>>;

let started: Started | undefined;

afterEach(end);

async function end(): Promise<void> {
  await started?.ways.close();
  await started?.[Symbol.asyncDispose]();
  started = undefined;
}

async function found(name: string, answers: Answers): Promise<Finding> {
  await end();
  started = await eventWaysThatAnswer(answers);
  const { ways } = started;
  return finding(name, { eventWays: () => ways });
}

const denied = () => new AwsRefusal(400, 'AccessDeniedException');

describe('a trail', () => {
  const trailArn = 'arn:aws:cloudtrail:us-east-1:123456789012:trail/all';
  const organisation = 'arn:aws:cloudtrail:us-east-1:999999999999:trail/org';
  const trails = (...arns: string[]): Answers => ({
    DescribeTrails: () => ({
      trailList: arns.map((TrailARN) => ({
        TrailARN,
        Name: TrailARN.split('/').at(-1),
        IsMultiRegionTrail: true,
      })),
    }),
  });
  const well: Answers = {
    ...trails(trailArn),
    GetTrailStatus: () => ({ IsLogging: true }),
    GetEventSelectors: () => ({
      EventSelectors: [{ ReadWriteType: 'All', IncludeManagementEvents: true, DataResources: [] }],
    }),
  };

  it('of all regions counts, and is asked for by its ARN', async () => {
    expect(await found('CloudTrail trail', well)).toMatchObject({
      status: 'ok',
      found: 'all logs write management events',
    });
    expect(started?.calls.map(({ headers }) => headers['x-amz-target'])).toEqual(
      ['DescribeTrails', 'GetTrailStatus', 'GetEventSelectors'].map(
        (operation) => `com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.${operation}`,
      ),
    );
    expect(started?.calls.map(({ payload }) => JSON.parse(payload.toString()) as unknown)).toEqual([
      { includeShadowTrails: true },
      { Name: trailArn },
      { TrailName: trailArn },
    ]);
  });

  it('with advanced selectors is judged by them', async () => {
    const selectors = (...values: string[]) => ({
      ...well,
      GetEventSelectors: () => ({
        AdvancedEventSelectors: [
          {
            Name: 'x',
            FieldSelectors: [
              { Field: 'eventCategory', Equals: ['Management'] },
              { Field: 'readOnly', Equals: values },
            ],
          },
        ],
      }),
    });
    expect(await found('CloudTrail trail', selectors('false'))).toMatchObject({ status: 'ok' });
    expect(await found('CloudTrail trail', selectors('true'))).toMatchObject({
      status: 'warn',
      found: 'no trail logs write management events: all takes others',
    });
  });

  it.each([
    ['missing', trails(), 'there is no trail'],
    ['switched off', { ...well, GetTrailStatus: () => ({ IsLogging: false }) }, 'all is switched off'],
  ])('that is %s is warned of', async (_what, answers, words) => {
    expect(await found('CloudTrail trail', { ...well, ...answers })).toMatchObject({
      status: 'warn',
      found: expect.stringContaining(words),
      remedy: expect.stringContaining('write management events'),
    });
  });

  it('of another account that cannot be asked about leaves it open, unless another one is well', async () => {
    const onlyOwn = {
      GetTrailStatus: ({ Name }: Record<string, unknown>) =>
        Name === trailArn ? { IsLogging: true } : denied(),
    };
    expect(await found('CloudTrail trail', { ...well, ...trails(organisation), ...onlyOwn })).toMatchObject({
      status: 'skip',
    });
    expect(
      await found('CloudTrail trail', { ...well, ...trails(organisation, trailArn), ...onlyOwn }),
    ).toMatchObject({ status: 'ok' });
  });

  it('is skipped where the list is denied, and where there is no CloudTrail', async () => {
    expect(await found('CloudTrail trail', { DescribeTrails: denied })).toMatchObject({
      status: 'skip',
      remedy: 'Grant cloudtrail:DescribeTrails to the role or user in use.',
    });
    expect(await found('CloudTrail trail', {})).toMatchObject({
      status: 'skip',
      found: 'The endpoint in use has no cloudtrail:DescribeTrails.',
    });
  });

  it('is asked for again after an answer that was cut short', async () => {
    let asked = 0;
    const DescribeTrails = () => {
      asked += 1;
      return asked === 1 ? {} : { trailList: [] };
    };
    expect(await found('CloudTrail trail', { DescribeTrails })).toMatchObject({ status: 'warn' });
    expect(asked).toBe(2);
  });
});

describe('a rule', () => {
  const pattern = JSON.stringify({ source: ['aws.lambda'] });
  const ruleOf = (more: object = {}) => ({
    Name: 'changes',
    EventPattern: pattern,
    State: 'ENABLED',
    ...more,
  });
  const rules = (...list: object[]): Answers => ({
    ListRules: () => ({ Rules: list }),
    TestEventPattern: () => ({ Result: true }),
    ListTargetsByRule: () => ({ Targets: [{ Id: '1', Arn: arnOf('registrator') }] }),
  });

  it('that matches and leads to a function is well, and the event is one of Lambda', async () => {
    expect(await found('EventBridge rule', rules(ruleOf()))).toMatchObject({
      status: 'ok',
      found: `changes → ${arnOf('registrator')}`,
    });
    const tested = started?.calls.find(
      ({ headers }) => headers['x-amz-target'] === 'AWSEvents.TestEventPattern',
    );
    const input = JSON.parse(tested?.payload.toString() ?? '') as { Event: string; EventPattern: string };
    expect(input.EventPattern).toBe(pattern);
    expect(JSON.parse(input.Event)).toMatchObject({
      source: 'aws.lambda',
      'detail-type': 'AWS API Call via CloudTrail',
      account: '123456789012',
      time: '2026-06-01T12:00:00Z',
      detail: { eventSource: 'lambda.amazonaws.com', eventName: 'TagResource20170331v2' },
    });
  });

  it('is looked for on every page, past schedules and rules of other sources', async () => {
    const answers = {
      ...rules(),
      ListRules: ({ NextToken }: Record<string, unknown>) =>
        NextToken === 'second'
          ? { Rules: [ruleOf()] }
          : {
              Rules: [
                { Name: 'schedule', ScheduleExpression: 'rate(5 minutes)', State: 'ENABLED' },
                { Name: 'buckets', EventPattern: '{"source":["aws.s3"]}', State: 'ENABLED' },
              ],
              NextToken: 'second',
            },
    };
    expect(await found('EventBridge rule', answers)).toMatchObject({ status: 'ok' });
    const tests = started?.calls.filter(({ headers }) =>
      String(headers['x-amz-target']).endsWith('TestEventPattern'),
    );
    expect(tests).toHaveLength(1);
  });

  it.each([
    ['none', rules(), 'no rule on the default bus matches'],
    [
      'one that matches nothing',
      { ...rules(ruleOf()), TestEventPattern: () => ({ Result: false }) },
      'no rule',
    ],
    ['a disabled one', rules(ruleOf({ State: 'DISABLED' })), 'changes is disabled'],
    [
      'one that leads elsewhere',
      {
        ...rules(ruleOf()),
        ListTargetsByRule: () => ({
          Targets: [{ Id: '1', Arn: 'arn:aws:sns:eu-west-1:123456789012:topic' }],
        }),
      },
      'changes has neither a function nor a queue as its target',
    ],
  ])('is warned of where there is %s', async (_what, answers, words) => {
    expect(await found('EventBridge rule', answers)).toMatchObject({
      status: 'warn',
      found: expect.stringContaining(words),
    });
  });

  it.each(['ListRules', 'TestEventPattern', 'ListTargetsByRule'])(
    'is skipped where %s is denied',
    async (name) => {
      expect(await found('EventBridge rule', { ...rules(ruleOf()), [name]: denied })).toMatchObject({
        status: 'skip',
        remedy: `Grant events:${name} to the role or user in use.`,
      });
    },
  );
});
