import { createEventWays } from '../../../src/aws/inspection/event-ways.ts';
import type { EventWays } from '../../../src/aws/inspection/api.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { type FunctionEndpoint, startFunctionEndpoint } from '../proxy/function-endpoint.ts';
import { region, targetAt } from '../aws/sandbox-aws.ts';

/** What an operation answers: by its input a body, or an error. */
type Answers = Record<string, (input: Record<string, unknown>) => object | AwsRefusal>;

export class AwsRefusal {
  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string) {
    this.status = status;
    this.type = type;
  }
}

/** CloudTrail and EventBridge as their API references say, on real sockets; an operation that is not there is unknown. */
export async function eventWaysThatAnswer(answers: Answers): Promise<FunctionEndpoint & { ways: EventWays }> {
  const endpoint = await startFunctionEndpoint(({ headers, payload }) => {
    const operation = String(headers['x-amz-target']).split('.').at(-1) ?? '';
    const answer = answers[operation]?.(JSON.parse(payload.toString()) as Record<string, unknown>);
    const refusal = answer === undefined ? new AwsRefusal(400, 'UnknownOperationException') : answer;
    if (!(refusal instanceof AwsRefusal)) return { payload: JSON.stringify(refusal) };
    const { status, type } = refusal;
    return { status, payload: JSON.stringify({ __type: type, message: `${operation} is refused` }) };
  });
  const ways = createEventWays({
    region,
    endpoints: { cloudTrail: endpoint.url, eventBridge: endpoint.url },
    clock: systemClock,
    random: () => 0,
    credentials: () => Promise.resolve(targetAt(endpoint.url).credentials),
  });
  return Object.assign(endpoint, { ways });
}
