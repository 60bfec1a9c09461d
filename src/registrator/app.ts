import type { Functions } from '../aws/api.ts';
import type { Clock } from '../core/clock.ts';
import type { Deadline } from '../core/deadline.ts';
import type { Random } from '../core/random.ts';
import type { Consul } from '../consul/api.ts';
import { parseFunctionArn } from '../lambda-service/arn.ts';
import { metaKeys } from '../lambda-service/service.ts';
import { defaultsArn } from '../lambda-service/service-defaults.ts';
import type { RegistratorConfig } from './config.ts';
import { failureOf } from './report/findings.ts';
import { type FormatMemory, forgetOldServer, serviceDefaultsFormat } from './read/defaults-format.ts';
import { confirmFunctions, type FunctionReader, listFunctions } from './read/read-functions.ts';
import { observeAll, type Observer, observeSome } from './read/observe.ts';
import { functionOf, inScope, nameKey, type Scope } from './model/ownership.ts';
import type { World } from './plan/plan.ts';
import { type Reconciled, type Reconciliation, reconcile } from './write/reconcile.ts';
import type { Action, ChangeEntry, Report, SkipEntry, WarningEntry } from './model/report.ts';
import type { Task } from './model/task.ts';
import { summarise } from './report/summary.ts';
import { type FunctionState, type FunctionStates, type Observed, unsettle } from './model/snapshot.ts';

/** What a registrator is made of; the composition root supplies it. */
export interface Parts {
  consul: Consul;
  functions: Functions;
  config: RegistratorConfig;
  scope: Scope;
  clock: Clock;
  random: Random;
  /** Kept from one invocation to the next. */
  memory: FormatMemory;
  onChange: (change: ChangeEntry) => void;
}

export interface Result {
  report: Report;
  /** Services of ours in Consul after a full sync. */
  managedServices: number | undefined;
}

/**
 * Makes Consul equal to the tags of the functions that `task` names: observed ← Consul, desired ← AWS, plan, apply,
 * report. Consul is read first, so that what another invocation registers in between is never taken for an orphan.
 * @throws AppError when Consul cannot be read at all, or NODE_NAME is a real agent's
 */
export async function synchronise(parts: Parts, task: Task, deadline: Deadline): Promise<Result> {
  return task.kind === 'full' ? fullSync(parts, task.dryRun, deadline) : targetedSync(parts, task, deadline);
}

async function fullSync(parts: Parts, dryRun: boolean, deadline: Deadline): Promise<Result> {
  const started = parts.clock.now();
  forgetOldServer(parts.memory);
  const observed = await observeAll(observerOf(parts, true), deadline);
  const { states, failure } = await listFunctions(readerOf(parts), deadline);
  const world: World = { observed, functions: states, listed: failure === undefined };
  const run = await prepare(parts, world, dryRun, deadline);
  const observer = observerOf(parts, true);
  const { maxDeletePercent } = parts.config;
  const reconciled = await reconcile({ ...run, observer, maxDeletePercent });
  const failures = failure ? [failureOf('', '', failure)] : [];
  return {
    report: summarise({
      world,
      reconciled,
      dryRun,
      datacenter: run.settings.datacenter,
      warnings: run.warnings,
      failures,
      durationMs: since(parts, started),
    }),
    managedServices: managedAfter(reconciled),
  };
}

async function targetedSync(
  parts: Parts,
  { arns, dryRun }: Extract<Task, { kind: 'functions' }>,
  deadline: Deadline,
): Promise<Result> {
  const started = parts.clock.now();
  const own = arns.filter((arn) => inScope(arn, parts.scope));
  const skips = arns.filter((arn) => !inScope(arn, parts.scope)).map((arn) => outOfScope(arn, parts.scope));
  const { world, keys } = await lookAt(parts, own, deadline);
  const run = await prepare(parts, world, dryRun, deadline);
  const observer = observerOf(parts, false);
  const reconciled = await reconcile({ ...run, observer, maxDeletePercent: undefined }, keys);
  return {
    report: summarise({
      world,
      reconciled,
      dryRun,
      datacenter: run.settings.datacenter,
      warnings: run.warnings,
      skips,
      durationMs: since(parts, started),
    }),
    managedServices: undefined,
  };
}

/**
 * The tags of a few functions, what Consul holds for them, and the names that concern them. Tags read before Consul say
 * where to look, and what to create where nothing is; whatever would be overwritten or deleted, they are read again for.
 */
async function lookAt(
  parts: Parts,
  arns: string[],
  deadline: Deadline,
): Promise<{ world: World; keys: Set<string> }> {
  const functions: FunctionStates = new Map();
  await confirmFunctions(readerOf(parts), arns, functions, deadline);
  const names = [
    ...new Set(arns.flatMap((arn) => namesOf(arn, functions.get(arn), parts.config.servicePrefix))),
  ];
  const observed = await observeSome(observerOf(parts, false), names, arns, deadline);
  const keys = new Set([...names.map(nameKey), ...heldBy(observed, arns)]);
  if ([...keys].some((key) => observed.pairs.has(key))) unsettle(functions);
  return { world: { observed, functions, listed: true }, keys };
}

/** The names that a function asks for; where it asks for none, the one that it would have. */
function namesOf(arn: string, state: FunctionState | undefined, prefix: string): string[] {
  const wanted = state?.kind === 'tagged' ? state.tags.services.map(({ name }) => name) : [];
  return wanted.length > 0 ? wanted : [prefix + (parseFunctionArn(arn)?.functionName ?? '')];
}

/** Names under which Consul holds any of these functions. */
function heldBy(observed: Observed, arns: readonly string[]): string[] {
  const wanted = new Set(arns);
  return [...observed.pairs].flatMap(([key, pair]) => {
    const named = [pair.service?.Meta?.[metaKeys.arn], pair.defaults && defaultsArn(pair.defaults)];
    return named.some((arn) => arn !== undefined && wanted.has(functionOf(arn))) ? [key] : [];
  });
}

async function prepare(
  parts: Parts,
  world: World,
  dryRun: boolean,
  deadline: Deadline,
): Promise<Omit<Reconciliation, 'maxDeletePercent' | 'observer'> & { warnings: WarningEntry[] }> {
  const { config, scope, consul, memory } = parts;
  const { nodeName, concurrency, servicePrefix, policy, adoptUnowned } = config;
  const formats = { consul, scope, setting: config.format, servicePrefix, memory };
  const format = await serviceDefaultsFormat(formats, world.observed, deadline);
  const datacenter = await managedDatacenter(parts, world, deadline);
  const warnings: WarningEntry[] = [];
  return {
    world,
    settings: { scope, format, datacenter, policy, adoptUnowned },
    applier: { consul, scope, nodeName, concurrency, warn: (warning) => warnings.push(warning) },
    reader: readerOf(parts),
    deadline,
    dryRun,
    onChange: parts.onChange,
    warnings,
  };
}

/** The datacenter that untagged functions belong to; asked of Consul only where a function names one. */
async function managedDatacenter(
  parts: Parts,
  world: World,
  deadline: Deadline,
): Promise<string | undefined> {
  const known = parts.config.datacenter ?? world.observed.node?.Datacenter;
  const isNamed = [...world.functions.values()].some(
    (state) => state.kind === 'tagged' && state.tags.datacenter !== undefined,
  );
  const name = known ?? (isNamed ? await parts.consul.datacenter(deadline) : undefined);
  return name?.toLowerCase();
}

function since(parts: Parts, started: number): number {
  return Math.round(parts.clock.now() - started);
}

function observerOf({ consul, config, scope }: Parts, wide: boolean): Observer {
  return { consul, nodeName: config.nodeName, scope, wide };
}

function readerOf({ functions, config, random }: Parts): FunctionReader {
  return { functions, servicePrefix: config.servicePrefix, pageSize: config.pageSize, random };
}

function managedAfter({ plan, changes }: Reconciled): number {
  const count = (...actions: Action[]): number =>
    changes.filter(({ action }) => actions.includes(action)).length;
  return plan.owned + count('create', 'adopt') - count('delete');
}

function outOfScope(arn: string, scope: Scope): SkipEntry {
  return {
    service: parseFunctionArn(arn)?.functionName ?? '',
    arn,
    reason: 'foreign-arn',
    message: `${arn} is not of account ${scope.account} and region ${scope.region}, which this registrator looks after.`,
    hint: 'Ask the registrator of that account and region.',
  };
}
