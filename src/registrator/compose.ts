import { createAwsFunctions } from '../aws/functions.ts';
import { createAwsParameters } from '../aws/parameters.ts';
import type { Clock } from '../core/clock.ts';
import type { Deadline } from '../core/deadline.ts';
import type { Random } from '../core/random.ts';
import { createConsul } from '../consul/client.ts';
import type { ConsulTls } from '../consul/requests.ts';
import { type Result, synchronise } from './app.ts';
import type { RegistratorConfig } from './config.ts';
import { createCredentials } from '../daemon/credentials.ts';
import type { FormatMemory } from './read/defaults-format.ts';
import type { Scope } from './model/ownership.ts';
import type { ChangeEntry } from './model/report.ts';
import type { Task } from './model/task.ts';

export interface Surface {
  clock: Clock;
  random: Random;
}

/** A registrator put together from its configuration, for the Lambda and the CLI alike. */
export interface Assembly {
  config: RegistratorConfig;
  synchronise(
    task: Task,
    scope: Scope,
    deadline: Deadline,
    onChange: (change: ChangeEntry) => void,
  ): Promise<Result>;
  /** Lets token and CA be read once more from Parameter Store, should Consul refuse them. */
  startInvocation(): void;
  /** Requests sent so far. */
  calls(): { aws: number; consul: number };
  close(): void;
}

/**
 * Builds the clients of AWS and Consul. Nothing is called before it is needed.
 */
export function assemble(config: RegistratorConfig, { clock, random }: Surface): Assembly {
  const functions = createAwsFunctions({ clock, random, requestsPerSecond: config.awsRequestsPerSecond });
  const credentials = createCredentials({
    parameters: createAwsParameters({ random }),
    tokenParameter: config.tokenParameter,
    caParameter: config.caParameter,
    token: config.token,
    ca: config.ca,
  });
  const consul = createConsul({
    address: config.address,
    ...(config.datacenter === undefined ? {} : { datacenter: config.datacenter }),
    credentials,
    tls: tlsOf(config),
    random,
  });
  const memory: FormatMemory = {};
  return {
    config,
    synchronise: (task, scope, deadline, onChange) =>
      synchronise({ consul, functions, config, scope, clock, random, memory, onChange }, task, deadline),
    startInvocation: () => credentials.allowRenewal(),
    calls: () => ({ aws: functions.calls(), consul: consul.calls() }),
    close: () => consul.close(),
  };
}

function tlsOf({ sslVerify, serverName, clientCert, clientKey }: RegistratorConfig): ConsulTls {
  return {
    verify: sslVerify,
    ...(serverName === undefined ? {} : { serverName }),
    ...(clientCert === undefined ? {} : { clientCert }),
    ...(clientKey === undefined ? {} : { clientKey }),
  };
}
