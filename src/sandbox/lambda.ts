import { fork } from 'node:child_process';
import { once } from 'node:events';
import { AppError } from '../core/errors.ts';

/** What the process that runs a function says after each event. */
export type Answer = { result: unknown } | { error: string };

export interface LambdaFunction {
  /** Of the process that runs it. */
  readonly pid: number;
  /**
   * Hands the function one event and gives what it returned; one at a time.
   * @throws AppError UPSTREAM_REJECTED with what the function failed with
   */
  invoke(event: unknown): Promise<unknown>;
  close(): Promise<void>;
}

interface LambdaOptions {
  /** The script that stands in for the Lambda service: `lambda-host.ts`, built. */
  host: string;
  /** URL of the module that exports `handler`. */
  bundle: string;
  functionArn: string;
  env: Readonly<Record<string, string>>;
}

/** Runs a built Lambda function in a process that knows the variables of `env` alone; its log is not shown. */
export function startLambda({ host, bundle, functionArn, env }: LambdaOptions): LambdaFunction {
  const child = fork(host, [bundle, functionArn], {
    env,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    detached: true,
  });
  const ended = once(child, 'exit').then((): Answer => ({ error: 'The function ended.' }));
  return {
    pid: child.pid ?? 0,
    invoke: async (event) => {
      const answered = once(child, 'message').then(([message]) => message as Answer);
      child.send(event as object);
      const answer = await Promise.race([answered, ended]);
      if ('error' in answer) throw new AppError('UPSTREAM_REJECTED', answer.error);
      return answer.result;
    },
    close: async () => {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}
