import { createExtensionParameters } from '../aws/extension-parameters.ts';
import { createAwsFunctions } from '../aws/functions.ts';
import { variablesOf } from '../config/options.ts';
import type { Clock } from '../core/clock.ts';
import type { Deadline } from '../core/deadline.ts';
import type { Random } from '../core/random.ts';
import type { Place } from '../lambda-service/place.ts';
import { type Result, synchronise } from './app.ts';
import { type RegistratorConfig, registratorOptions } from './config.ts';
import { connectConsul } from '../daemon/consul.ts';
import type { Task } from './model/task.ts';
import type { Memory } from './run.ts';
import type { Scope } from './model/ownership.ts';
import type { ChangeEntry } from './model/report.ts';
import { listOwners, type OwnersListing } from './owners/list.ts';
import { type Release, releaseServices } from './owners/release.ts';

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
  /** Who owns Lambda services in Consul. */
  owners(deadline: Deadline): Promise<OwnersListing>;
  /** Takes our mark off services. */
  release(names: readonly string[], scope: Scope, deadline: Deadline): Promise<Release>;
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
  const home = homeOf(config);
  const parts = { consul, functions, parameters, config, home, clock, wallClock, random, memory };
  return {
    config,
    synchronise: (task, scope, deadline, onChange) =>
      synchronise({ ...parts, scope, onChange }, task, deadline),
    owners: (deadline) => listOwners({ consul, config, deadline }),
    release: (names, scope, deadline) =>
      releaseServices({ ...parts, scope, onChange: () => {} }, names, deadline),
    calls: () => ({ aws: functions.calls() + parameters.calls(), consul: consul.calls() }),
    close: () => consul.close(),
  };
}

/** Where functions belong that name no place. */
export function homeOf({ datacenter, enterprise, partitions }: RegistratorConfig): Place {
  const partition = partitions.includes('default') ? 'default' : partitions[0];
  return {
    ...(datacenter === undefined ? {} : { datacenter: datacenter.toLowerCase() }),
    ...(enterprise && partition !== undefined && { partition, namespace: 'default' }),
  };
}
