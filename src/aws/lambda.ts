import { LambdaClient, ListFunctionsCommand, ListTagsCommand } from '@aws-sdk/client-lambda';
import { isAppError } from '../core/errors.ts';
import type { Functions } from './api.ts';
import type { Caller } from './limited-calls.ts';
import { type AwsTarget, clientOptions } from './client.ts';
import { garbled } from './errors.ts';
import { readPages } from './pages.ts';

/**
 * Reads functions and their tags from Lambda itself
 * (https://docs.aws.amazon.com/lambda/latest/api/API_ListTags.html).
 * @param target where AWS is; found as the SDK does by default
 */
export function createLambda(caller: Caller, target?: AwsTarget): Pick<Functions, 'listAll' | 'tagsOf'> {
  const client = new LambdaClient(clientOptions(target));
  return {
    listAll: (deadline) =>
      readPages((Marker?: string) => {
        const request = { action: 'lambda:ListFunctions' };
        return caller.call(request, deadline, async (abortSignal) => {
          const answer = await client.send(new ListFunctionsCommand({ Marker }), { abortSignal });
          const items = answer.Functions?.map((item) => item.FunctionArn);
          if (!items?.every((item) => item !== undefined)) throw garbled(request);
          return { items, next: answer.NextMarker };
        });
      }),
    tagsOf: async (functionArn, deadline) => {
      const request = { action: 'lambda:ListTags', resource: functionArn };
      try {
        return await caller.call(request, deadline, async (abortSignal) => {
          const answer = await client.send(new ListTagsCommand({ Resource: functionArn }), { abortSignal });
          if (answer.Tags === undefined) throw garbled(request);
          return answer.Tags;
        });
      } catch (error) {
        if (isAppError(error, 'NOT_FOUND')) return undefined;
        throw error;
      }
    },
  };
}
