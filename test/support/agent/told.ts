import { onTestFinished } from 'vitest';
import type { AppliedState, HaproxyState, ServerHealth } from '../../../src/agent/apply/api.ts';
import type { SourceState } from '../../../src/agent/beliefs/api.ts';
import type { AgentConfig } from '../../../src/agent/config.ts';
import type { AgentModel, AgentServer, AgentService } from '../../../src/agent/model/agent-model.ts';
import { ApplyRecords } from '../../../src/agent/told/apply-records.ts';
import type { Subject } from '../../../src/agent/told/subject.ts';
import { startTold, type Told } from '../../../src/agent/told/told.ts';
import { createLogger } from '../../../src/core/logger.ts';
import { defaultOptions } from './sightings.ts';
import { createManualClock, type ManualClock } from '../clock/manual-clock.ts';

/** An agent as it is at a moment, which tests change as they like. */
export interface AgentWorld {
  states: SourceState[];
  model: AgentModel | undefined;
  haproxy: HaproxyState;
  applied: AppliedState;
  answers: () => Promise<boolean>;
  servers: ReadonlyMap<string, ServerHealth>;
  /** How often HAProxy was asked. */
  asked: { answers: number; servers: number };
  now: number;
}

export const startedAt = Date.UTC(2026, 0, 2, 3, 4, 5);

/** A source that was read a second ago. */
export const wellSource: SourceState = {
  name: 'consul',
  ok: true,
  hasAnswered: true,
  lastSuccess: startedAt,
  failures: 0,
  error: undefined,
  reads: { succeeded: 1, failed: 0 },
  services: 1,
  servers: 1,
  held: [],
};

export function serviceNamed(name: string, changes: Partial<AgentService> = {}): AgentService {
  return {
    name,
    backend: name,
    sources: ['consul'],
    routes: [{ host: `${name}.example`, strip: false, tls: false, backend: name }],
    shares: [],
    ...changes,
  };
}

export function serverOf(service: string, id: string, changes: Partial<AgentServer> = {}): AgentServer {
  return {
    name: id,
    service,
    source: 'consul',
    id,
    address: '10.0.0.1',
    port: 8080,
    weight: 100,
    scheme: 'http',
    maxconn: 0,
    state: 'ready',
    ...changes,
  };
}

/** How HAProxy calls a server. */
export function serverKey(backend: string, id: string): string {
  return `be_${backend}/s_${id}`;
}

export function modelOf(
  services: readonly AgentService[],
  servers: Readonly<Record<string, readonly AgentServer[]>>,
  changes: Partial<AgentModel> = {},
): AgentModel {
  const backends = Object.entries(servers).map(([name, own]) => ({
    name,
    options: defaultOptions,
    servers: own,
  }));
  return { services, backends, conflicts: [], problems: [], ...changes };
}

export function createAgentWorld(): AgentWorld {
  return {
    states: [wellSource],
    model: modelOf([serviceNamed('web')], { web: [serverOf('web', 'a')] }),
    haproxy: { state: 'up', version: '3.0.11', mode: 'start', pid: 7, reloads: 2, oldWorkers: 1 },
    applied: { revision: 'r1', appliedAt: startedAt, how: 'reload', pending: false, rejected: undefined },
    answers: () => Promise.resolve(true),
    servers: new Map([[serverKey('web', 'a'), { state: 'up', health: 'L4OK' }]]),
    asked: { answers: 0, servers: 0 },
    now: startedAt + 1000,
  };
}

export function subjectOf(world: AgentWorld): Subject {
  return {
    version: '1.2.3',
    startedAt,
    now: () => world.now,
    beliefs: { states: () => world.states },
    model: () => world.model,
    changes: () => [],
    applier: {
      haproxy: () => world.haproxy,
      applied: () => world.applied,
      answers: () => {
        world.asked.answers += 1;
        return world.answers();
      },
      servers: () => {
        world.asked.servers += 1;
        return Promise.resolve(world.servers);
      },
    },
  };
}

export interface RunningTold {
  readonly world: AgentWorld;
  readonly told: Told;
  readonly records: ApplyRecords;
  readonly clock: ManualClock;
  /** What was logged, line by line. */
  readonly log: Record<string, unknown>[];
  /** Addresses of the listeners. */
  readonly health: string;
  readonly admin: string;
}

interface ToldChoices {
  readonly sourceFailures?: number;
  readonly admin?: Partial<NonNullable<AgentConfig['admin']>>;
  readonly configFile?: string;
  readonly html?: string;
  readonly world?: AgentWorld;
}

/** Listeners on free ports of this machine, on a clock that stands still. */
export async function givenTold(choices: ToldChoices = {}): Promise<RunningTold> {
  const bind = { address: '127.0.0.1', port: 0 };
  const world = choices.world ?? createAgentWorld();
  const log: Record<string, unknown>[] = [];
  const write = (line: string): void => void log.push(JSON.parse(line) as Record<string, unknown>);
  const logger = createLogger('info', {}, { write });
  const clock = createManualClock();
  const records = new ApplyRecords(logger);
  const told = await startTold({
    subject: subjectOf(world),
    records,
    config: {
      health: { bind, sourceFailures: choices.sourceFailures ?? 0 },
      admin: { bind, token: undefined, tokenFile: undefined, ...choices.admin },
      haproxy: { config: choices.configFile ?? '/nowhere/haproxy.cfg' },
    },
    page: choices.html ?? '<!doctype html><title>page</title>',
    logger,
    clock,
  });
  onTestFinished(() => told.close());
  return {
    world,
    told,
    records,
    clock,
    log,
    health: `http://127.0.0.1:${told.healthPort}`,
    admin: `http://127.0.0.1:${told.adminPort}`,
  };
}
