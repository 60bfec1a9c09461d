import { Counter, Histogram, Registry } from 'prom-client';
import { isAppError } from '../../core/errors.ts';
import type { AppliedChange, ApplyMeasures, ReloadReason, RuntimeKind } from '../apply/api.ts';

/** What is counted of changes; the names are the contract of dashboards. */
export interface ApplyMetrics {
  readonly registry: Registry;
  changed(change: AppliedChange, measures: ApplyMeasures): void;
  failed(error: unknown): void;
}

/** Each is told from the start, so that a rate sees the first. */
const reasons: Readonly<Record<ReloadReason, true>> = {
  start: true,
  service_added: true,
  service_changed: true,
  route_changed: true,
  sticky_server: true,
  tls: true,
  base: true,
  certificates: true,
  haproxy_restarted: true,
  rollback: true,
};
const kinds: Readonly<Record<RuntimeKind, true>> = {
  add: true,
  remove: true,
  address: true,
  weight: true,
  ready: true,
  map: true,
};

/** Seconds; commands take milliseconds, and a reload is verified for some seconds. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Metrics of changes on a registry of their own. */
export function createApplyMetrics(): ApplyMetrics {
  const registry = new Registry();
  const registers = [registry];
  const reloads = new Counter({
    name: 'lambda_agent_reloads_total',
    help: 'Reloads of HAProxy, by their reason.',
    labelNames: ['reason'],
    registers,
  });
  const failures = new Counter({
    name: 'lambda_agent_reload_failures_total',
    help: 'Reloads of HAProxy that failed.',
    registers,
  });
  const rejected = new Counter({
    name: 'lambda_agent_rejected_configs_total',
    help: 'Configurations that HAProxy refused.',
    registers,
  });
  const runtimeChanges = new Counter({
    name: 'lambda_agent_runtime_changes_total',
    help: 'Changes of a running HAProxy without a reload, by their kind.',
    labelNames: ['kind'],
    registers,
  });
  const durations = new Histogram({
    name: 'lambda_agent_apply_duration_seconds',
    help: 'Time that a change took to apply, by how it was.',
    labelNames: ['how'],
    buckets,
    registers,
  });
  for (const reason of Object.keys(reasons)) reloads.inc({ reason }, 0);
  for (const kind of Object.keys(kinds)) runtimeChanges.inc({ kind }, 0);
  return {
    registry,
    changed: ({ how, reason }, measures) => {
      durations.observe({ how }, measures.durationMs / 1000);
      for (const [kind, count] of Object.entries(measures.kinds)) runtimeChanges.inc({ kind }, count);
      if (how === 'rejected') rejected.inc();
      if (how === 'reload') reloads.inc({ reason });
      if (how === 'rollback') reloads.inc({ reason: 'rollback' });
    },
    failed: (error) => {
      if (isAppError(error, 'RELOAD_FAILED')) failures.inc();
    },
  };
}
