import { Counter, Gauge, Registry } from 'prom-client';
import { addGauge } from '../../daemon/gauges.ts';
import type { ServerHealth } from '../apply/api.ts';
import type { SourceState } from '../beliefs/api.ts';
import type { Healths } from './services.ts';
import type { Subject } from './subject.ts';

/** Metrics of how an agent is when somebody asks; the names are the contract of dashboards. */
export function createStateMetrics(subject: Subject, servers: () => Promise<Healths>): Registry {
  const registry = new Registry();
  addSourceMetrics(registry, subject);
  addModelMetrics(registry, subject);
  addGauge(registry, {
    name: 'lambda_agent_servers',
    help: 'Servers of HAProxy, by their state.',
    label: 'state',
    values: async () => countByState(await servers()),
  });
  addPlainGauge(registry, 'lambda_agent_haproxy_up', 'Whether HAProxy runs.', () =>
    Number(subject.applier.haproxy().state === 'up'),
  );
  addPlainGauge(
    registry,
    'lambda_agent_config_applied_timestamp_seconds',
    'When the configuration was applied that HAProxy serves; 0 for never.',
    () => (subject.applier.applied().appliedAt ?? 0) / 1000,
  );
  return registry;
}

function addSourceMetrics(registry: Registry, { beliefs }: Subject): void {
  const ofSources = (of: (state: SourceState) => number) => ({
    label: 'source',
    values: () => beliefs.states().map((state) => [state.name, of(state)] as const),
  });
  addGauge(registry, {
    name: 'lambda_agent_source_up',
    help: 'Whether the last read of a source succeeded.',
    ...ofSources(({ ok }) => Number(ok)),
  });
  addGauge(registry, {
    name: 'lambda_agent_source_last_success_timestamp_seconds',
    help: 'When a source was last read; 0 for never.',
    ...ofSources(({ lastSuccess = 0 }) => lastSuccess / 1000),
  });
  addGauge(registry, {
    name: 'lambda_agent_source_servers',
    help: 'Servers that are believed of a source.',
    ...ofSources(({ servers }) => servers),
  });
  addGauge(registry, {
    name: 'lambda_agent_source_held',
    help: 'Services of a source of which something is kept that it does not tell of any more.',
    ...ofSources(({ held }) => held.length),
  });
  const reads: Counter = new Counter({
    name: 'lambda_agent_source_reads_total',
    help: 'Reads of a source, by what they gave.',
    labelNames: ['source', 'result'],
    registers: [registry],
    collect: () => {
      reads.reset();
      for (const { name, reads: counts } of beliefs.states()) {
        reads.inc({ source: name, result: 'success' }, counts.succeeded);
        reads.inc({ source: name, result: 'failure' }, counts.failed);
      }
    },
  });
}

function addModelMetrics(registry: Registry, { model }: Subject): void {
  addPlainGauge(registry, 'lambda_agent_services', 'Services that ask for routes.', () => {
    return model()?.services.length ?? 0;
  });
  addPlainGauge(registry, 'lambda_agent_route_conflicts', 'Routes that several services ask for.', () => {
    return model()?.conflicts.length ?? 0;
  });
}

function addPlainGauge(registry: Registry, name: string, help: string, value: () => number): void {
  const metric: Gauge = new Gauge({ name, help, registers: [registry], collect: () => metric.set(value()) });
}

function countByState(healths: Healths): ReadonlyMap<ServerHealth['state'], number> {
  const counts = new Map<ServerHealth['state'], number>([
    ['up', 0],
    ['down', 0],
    ['drain', 0],
    ['maint', 0],
    ['checking', 0],
  ]);
  for (const { state } of healths.values()) counts.set(state, (counts.get(state) ?? 0) + 1);
  return counts;
}
