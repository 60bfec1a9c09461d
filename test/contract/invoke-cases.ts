import {
  InvokeCommand,
  type InvokeCommandInput,
  InvokeWithResponseStreamCommand,
} from '@aws-sdk/client-lambda';
import { expect } from 'vitest';
import { type Aws, type Cases, createFunction, refusal, unique } from './contract.ts';

const invoke = ({ lambda }: Aws, input: InvokeCommandInput) => lambda.send(new InvokeCommand(input));

/**
 * What is true of functions whose zip is empty, since not every endpoint runs code
 * (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
 */
export const invokeCases: Cases = {
  'Invoke of a missing function is a 404': async (aws) => {
    const call = invoke(aws, { FunctionName: unique('gone') });
    expect(await refusal(call)).toEqual(['ResourceNotFoundException', 404]);
  },

  'Invoke of a missing alias is a 404': async (aws) => {
    const FunctionName = unique('aliasless');
    await createFunction(aws, FunctionName);
    const call = invoke(aws, { FunctionName, Qualifier: 'gone' });
    expect(await refusal(call)).toEqual(['ResourceNotFoundException', 404]);
  },

  'Invoke refuses an event that is no JSON': async (aws) => {
    const FunctionName = unique('json');
    await createFunction(aws, FunctionName);
    const call = invoke(aws, { FunctionName, Payload: '{' });
    expect(await refusal(call)).toEqual(['InvalidRequestContentException', 400]);
  },

  'a dry run answers 204': async (aws) => {
    const FunctionName = await createFunction(aws, unique('dry'));
    const { StatusCode } = await invoke(aws, { FunctionName, InvocationType: 'DryRun' });
    expect(StatusCode).toBe(204);
  },

  'an event is accepted with 202': async (aws) => {
    const FunctionName = await createFunction(aws, unique('event'));
    const { StatusCode, FunctionError } = await invoke(aws, { FunctionName, InvocationType: 'Event' });
    expect([StatusCode, FunctionError]).toEqual([202, undefined]);
  },

  'an empty zip fails with 200 and the function error': async (aws) => {
    const FunctionName = await createFunction(aws, unique('empty'));
    const { StatusCode, FunctionError, Payload } = await invoke(aws, { FunctionName });
    expect([StatusCode, FunctionError]).toEqual([200, 'Unhandled']);
    expect(JSON.parse(Payload?.transformToString() ?? '')).toMatchObject({
      errorType: 'Runtime.ImportModuleError',
    });
  },

  'an empty zip ends its stream with an error': async (aws) => {
    const FunctionName = await createFunction(aws, unique('streamed'));
    const { EventStream } = await aws.lambda.send(new InvokeWithResponseStreamCommand({ FunctionName }));
    const codes: (string | undefined)[] = [];
    for await (const { InvokeComplete } of EventStream ?? []) {
      if (InvokeComplete) codes.push(InvokeComplete.ErrorCode);
    }
    expect(codes).toEqual(['Unhandled']);
  },
};
