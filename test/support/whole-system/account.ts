import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Report } from '../../../src/registrator/model/report.ts';
import type { ApiCall } from '../../../src/sandbox/aws/api.ts';
import { type SandboxAws, startSandboxAws } from '../../../src/sandbox/aws/server.ts';
import { addFunction } from '../../../src/sandbox/aws/world.ts';
import {
  createSandboxFunctions,
  type SandboxFunctions,
  withWholeKeys,
} from '../../../src/sandbox/functions.ts';
import { type LambdaFunction, startLambda } from '../../../src/sandbox/lambda.ts';
import { awsEnvironment } from '../../../src/sandbox/system/registrator.ts';
import { enabledTag } from '../../../src/lambda-service/tags.ts';
import { account, functionArn, region } from '../aws/sandbox-aws.ts';

/** An account of AWS with functions, and the built registrator that runs in it. */
export interface Account {
  /** Of the registrator's process. */
  readonly pid: number;
  readonly aws: SandboxAws;
  /** Changes functions as their owners do; each change is an event for the registrator. */
  readonly functions: SandboxFunctions;
  /** Puts a function there without an event; it has a route, and answers with its name. */
  add(name: string): void;
  /** Hands the registrator a scheduled event; rejects as the invocation does. */
  sync(): Promise<Report>;
  /** Resolves when every event so far was dealt with, with what became of them since the last time. */
  settled(): Promise<PromiseSettledResult<Report>[]>;
  /** Names of the functions that are to be in Consul. */
  wanted(): string[];
  close(): Promise<void>;
}

/** The host of a function's route. */
export function hostOf(name: string): string {
  return `${name}.functions.test`;
}

/** Tags, without the prefix, of a function that is to have a route. */
export function routedTags(name: string): Record<string, string> {
  return { enabled: 'true', 'route-host': hostOf(name) };
}

/**
 * @param built the folder of the bundles
 * @param environment of the registrator, which says where Consul is
 */
export async function startAccount(
  built: string,
  environment: Readonly<Record<string, string>>,
): Promise<Account> {
  const aws = await startSandboxAws({ account, region });
  const functions = createSandboxFunctions({ endpoint: aws.url, region });
  const lambda = startLambda({
    host: resolve(built, 'sandbox/index.mjs'),
    bundle: pathToFileURL(resolve(built, 'registrator/index.mjs')).href,
    functionArn: functionArn('lambda-registrator'),
    env: { ...awsEnvironment(aws), ...environment },
  });
  const queue = eventQueue(lambda);
  aws.onEvent(queue.hear);
  return {
    pid: lambda.pid,
    aws,
    functions,
    add: (name) => {
      const added = addFunction(aws.world, name, withWholeKeys(routedTags(name)));
      added.code = () => JSON.stringify({ statusCode: 200, headers: {}, body: name });
    },
    sync: () => queue.invoke({ source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} }),
    settled: queue.settled,
    wanted: () =>
      [...aws.world.functions]
        .flatMap(([name, { tags }]) => (tags[enabledTag] === 'true' ? [name] : []))
        .toSorted(),
    close: async () => {
      await lambda.close();
      functions.close();
      await aws.close();
    },
  };
}

/** One event after the other, in the order of their arrival. */
function eventQueue(lambda: LambdaFunction) {
  let last: Promise<unknown> = Promise.resolve();
  let heard: Promise<Report>[] = [];
  const invoke = (event: unknown): Promise<Report> => {
    const answer = last.then(() => lambda.invoke(event) as Promise<Report>);
    last = answer.catch(() => undefined);
    return answer;
  };
  return {
    invoke,
    hear: (event: unknown): void => {
      const answer = invoke(event);
      // Told of when somebody asks.
      answer.catch(() => undefined);
      heard.push(answer);
    },
    settled: (): Promise<PromiseSettledResult<Report>[]> => {
      const sinceThen = heard;
      heard = [];
      return Promise.allSettled(sinceThen);
    },
  };
}

/** Whether a call is one that owners of functions make, and registrators do not. */
export function isOwners({ operation }: ApiCall): boolean {
  return /^(Create|Delete|Tag|Untag|GetFunctionConfiguration)/.test(operation);
}
