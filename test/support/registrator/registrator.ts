import type { ExtensionParameters, Functions } from '../../../src/aws/api.ts';
import { type Clock, systemClock } from '../../../src/core/clock.ts';
import { deadlineIn } from '../../../src/core/deadline.ts';
import { systemRandom } from '../../../src/core/random.ts';
import type { Consul } from '../../../src/consul/client.ts';
import { homeOf } from '../../../src/registrator/compose.ts';
import { synchronise } from '../../../src/registrator/app.ts';
import { readRegistratorConfig } from '../../../src/registrator/config.ts';
import { scopeOf } from '../../../src/registrator/model/ownership.ts';
import type { Task } from '../../../src/registrator/model/task.ts';
import type { Report } from '../../../src/registrator/model/report.ts';
import type { Registrator } from '../../../src/registrator/run.ts';
import { createParameterWorld } from '../aws/parameter-world.ts';
import { account, arnOf, region } from '../aws/tag-world.ts';

interface Setting {
  env?: Record<string, string>;
  account?: string;
  clock?: Clock;
  parameters?: ExtensionParameters;
}

/** The parts of a registrator of the test account. */
export function partsFor(consul: Consul, functions: Functions, setting: Setting = {}): Registrator {
  const config = readRegistratorConfig({ CONSUL_HTTP_ADDR: 'unused:1', ...setting.env });
  const identity = { partition: 'aws', account: setting.account ?? account, region };
  return {
    consul,
    functions,
    parameters: setting.parameters ?? createParameterWorld().parameters,
    config,
    scope: scopeOf(identity, config),
    home: homeOf(config),
    clock: setting.clock ?? systemClock,
    wallClock: () => Date.now(),
    random: systemRandom,
    memory: {},
    onChange: () => {},
  };
}

/** A full sync with a minute to spare. */
export async function fullSync(parts: Registrator, dryRun = false): Promise<Report> {
  return runTask(parts, { kind: 'full', dryRun });
}

/** A sync of the functions named. */
export async function syncOf(parts: Registrator, ...names: string[]): Promise<Report> {
  return runTask(parts, { kind: 'functions', arns: names.map(arnOf), dryRun: false });
}

/** What a task comes to, with a minute to spare. */
export async function runTask(parts: Registrator, task: Task): Promise<Report> {
  const { report } = await synchronise(parts, task, deadlineIn(parts.clock, 60_000));
  return report;
}
