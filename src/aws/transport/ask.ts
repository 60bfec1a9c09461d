import type * as z from 'zod';
import type { Deadline } from '../../core/deadline.ts';
import { type AwsRequest, garbled } from '../errors.ts';
import type { Caller } from '../limited-calls.ts';
import type { JsonApi } from './json-api.ts';
import { jsonIn } from './json.ts';

/** What is asked, and of whom. */
export interface Question {
  readonly operation: string;
  /** For messages. */
  readonly resource?: string;
  readonly input: object;
}

/** Asks once more while AWS throttles or fails, and where `read` makes nothing of the answer. */
export type Ask = <Answer>(
  question: Question,
  read: (json: string) => Answer | undefined,
  deadline: Deadline,
) => Promise<Answer>;

/** @param service as IAM calls it in its actions */
export function createAsk(api: JsonApi, service: string, caller: Caller): Ask {
  return ({ operation, resource, input }, read, deadline) => {
    const action = `${service}:${operation}`;
    const request: AwsRequest = resource === undefined ? { action } : { action, resource };
    return caller.call(request, deadline, async (signal) => {
      const answer = read(await api({ operation, input, request, signal }));
      if (answer === undefined) throw garbled(request);
      return answer;
    });
  };
}

/** Reads an answer as `schema` has it. */
export function reading<Answer>(schema: z.ZodType<Answer>): (json: string) => Answer | undefined {
  return (json) => schema.safeParse(jsonIn(json)).data;
}
