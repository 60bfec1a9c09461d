import { createExtensionParameters } from '../aws/extension-parameters.ts';
import { createAwsFunctions } from '../aws/functions.ts';
import { variablesOf } from '../config/options.ts';
import type { Clock } from '../core/clock.ts';
import type { Deadline } from '../core/deadline.ts';
import type { Random } from '../core/random.ts';
import { agentsPlace } from '../lambda-service/place.ts';
import { type Result, synchronise } from './app.ts';
import { type RegistratorConfig, registratorOptions } from './config.ts';
import { connectConsul } from '../daemon/consul.ts';
import type { Task } from './model/task.ts';
import type { Memory } from './run.ts';
import type { Scope } from './model/ownership.ts';
import type { ChangeEntry } from './model/report.ts';

export interface Surface {
  clock: Clock;
  /** Milliseconds since 1970. */
  wallClock: () => number;
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
  /** Requests sent so far. */
  calls(): { aws: number; consul: number };
  close(): void;
}

/**
 * Builds the clients of AWS and Consul. Nothing is called before it is needed.
 */
export function assemble(config: RegistratorConfig, surface: Surface): Assembly {
  const { clock, wallClock, random } = surface;
  const parameters = createExtensionParameters({ clock, random });
  const functions = createAwsFunctions({ clock, random, requestsPerSecond: config.awsRequestsPerSecond });
  const consul = connectConsul(config, variablesOf(registratorOptions), random);
  const memory: Memory = {};
  const { datacenter } = config;
  const home = datacenter === undefined ? agentsPlace : { datacenter };
  return {
    config,
    synchronise: (task, scope, deadline, onChange) =>
      synchronise(
        { consul, functions, parameters, config, scope, home, clock, wallClock, random, memory, onChange },
        task,
        deadline,
      ),
    calls: () => ({ aws: functions.calls() + parameters.calls(), consul: consul.calls() }),
    close: () => consul.close(),
  };
}
