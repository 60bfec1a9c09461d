import { readFileSync } from 'node:fs';
import { createAwsFunctions } from '../aws/functions.ts';
import { createAwsParameters } from '../aws/parameters.ts';
import type { Clock } from '../core/clock.ts';
import type { Deadline } from '../core/deadline.ts';
import { AppError } from '../core/errors.ts';
import type { Random } from '../core/random.ts';
import { Secret } from '../core/secret.ts';
import { createConsul } from '../consul/client.ts';
import type { ConsulTls } from '../consul/requests.ts';
import { type Result, synchronise, type Task } from './app.ts';
import type { RegistratorConfig } from './config.ts';
import { createCredentials } from './credentials.ts';
import type { FormatMemory } from './format.ts';
import type { Scope } from './ownership.ts';
import type { ChangeEntry } from './report.ts';

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
 * @throws AppError CONFIG_INVALID when a certificate or key cannot be read
 */
export function assemble(config: RegistratorConfig, { clock, random }: Surface): Assembly {
  const functions = createAwsFunctions({ clock, random, requestsPerSecond: config.awsRequestsPerSecond });
  const credentials = createCredentials({
    parameters: createAwsParameters({ random }),
    tokenParameter: config.tokenParameter,
    caParameter: config.caParameter,
    token: config.token,
    ca: config.ca === undefined ? undefined : readPem('CONSUL_CACERT', config.ca),
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
    ...(clientCert === undefined ? {} : { clientCert: readPem('CONSUL_CLIENT_CERT', clientCert) }),
    ...(clientKey === undefined
      ? {}
      : { clientKey: new Secret(readPem('CONSUL_CLIENT_KEY', clientKey.reveal())) }),
  };
}

/** A certificate or key given as PEM or as the name of a file that holds it; the value itself may be secret. */
function readPem(variable: string, value: string): string {
  if (value.includes('-----BEGIN ')) return value;
  try {
    return readFileSync(value, 'utf8');
  } catch {
    throw new AppError('CONFIG_INVALID', `${variable} is neither PEM nor the name of a readable file.`);
  }
}
