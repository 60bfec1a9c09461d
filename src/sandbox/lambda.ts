import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { AppError } from '../core/errors.ts';

/** What the process that runs a function says after each event. */
export type Answer = { result: unknown } | { error: string };

export interface LambdaFunction {
  /** Of the process that runs it now. */
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

/**
 * Runs a built Lambda function in a process that knows the variables of `env` alone; its log is not shown. Where the process
 * has ended, the next event starts another one, as Lambda does.
 */
export function startLambda(options: LambdaOptions): LambdaFunction {
  let host = startHost(options);
  return {
    get pid() {
      return host.child.pid ?? 0;
    },
    invoke: async (event) => {
      if (!host.child.connected) host = startHost(options);
      const { child, ended } = host;
      const answered = once(child, 'message').then(([message]) => message as Answer);
      // This fails where the process ends just now, which `ended` tells.
      child.send(event as object, () => {});
      const answer = await Promise.race([answered, ended]);
      if ('error' in answer) throw new AppError('UPSTREAM_REJECTED', answer.error);
      return answer.result;
    },
    close: async () => {
      if (host.child.connected) host.child.disconnect();
      await host.ended;
    },
  };
}

interface Host {
  readonly child: ChildProcess;
  readonly ended: Promise<Answer>;
}

function startHost({ host, bundle, functionArn, env }: LambdaOptions): Host {
  const child = fork(host, [bundle, functionArn], {
    env,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    detached: true,
  });
  return { child, ended: once(child, 'exit').then(() => ({ error: 'The function ended.' })) };
}
