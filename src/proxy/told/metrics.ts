import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { addGauge, type LabelledGauge } from '../../daemon/gauges.ts';
import type { MetricsJson } from './report.ts';
import type { SourceState } from '../routes/source-health.ts';
import type { Usage } from '../targets/target.ts';

/** Seconds; functions answer within milliseconds or after minutes. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900];

/** What is counted; the names are the contract of dashboards. */
export interface Metrics {
  json(): Promise<MetricsJson>;
  answered(route: string, status: number, seconds: number): void;
  failed(route: string, kind: string): void;
}

/** What is measured when somebody asks. */
export interface Gauges {
  readonly connections: () => Promise<number> | number;
  readonly usage: () => readonly { readonly route: { readonly label: string }; readonly usage: Usage }[];
}

/** Metrics of requests on a registry of their own. */
export function createMetrics(gauges: Gauges): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: 'lambda_proxy_requests_total',
    help: 'Requests answered, by route and status.',
    labelNames: ['route', 'code'],
    registers,
  });
  const durations = new Histogram({
    name: 'lambda_proxy_request_duration_seconds',
    help: 'Time from the headers of a request to the end of its answer.',
    labelNames: ['route'],
    buckets,
    registers,
  });
  const errors = new Counter({
    name: 'lambda_proxy_invoke_errors_total',
    help: 'Requests of a route that failed, by the kind of the failure.',
    labelNames: ['route', 'kind'],
    registers,
  });
  addGauges(registry, gauges);
  return {
    json: () => registry.getMetricsAsJSON(),
    answered: (route, status, seconds) => {
      requests.inc({ route, code: status });
      durations.observe({ route }, seconds);
    },
    failed: (route, kind) => errors.inc({ route, kind }),
  };
}

/**
 * Metrics of the sources of routes.
 * @param sources by their names
 */
export function createSourceMetrics(sources: () => ReadonlyMap<string, SourceState>): Pick<Metrics, 'json'> {
  const registry = new Registry();
  const ofSources = (of: (state: SourceState) => number) => ({
    label: 'source',
    aggregator: 'min' as const,
    values: () => [...sources()].map(([source, state]) => [source, of(state)] as const),
  });
  addGauge(registry, {
    name: 'lambda_proxy_source_up',
    help: 'Whether the last question to a source of routes was answered.',
    ...ofSources(({ up }) => Number(up)),
  });
  addGauge(registry, {
    name: 'lambda_proxy_source_last_success_timestamp_seconds',
    help: 'When a source of routes was last heard of; 0 for never.',
    ...ofSources(({ lastSuccess }) => lastSuccess / 1000),
  });
  return { json: () => registry.getMetricsAsJSON() };
}

function addGauges(registry: Registry, { connections, usage }: Gauges): void {
  const ofRoutes = (of: (used: Usage) => number) => ({
    label: 'route',
    values: () => usage().map(({ route, usage: used }) => [route.label, of(used)] as const),
  });
  const gauges: LabelledGauge[] = [
    {
      name: 'lambda_proxy_slots',
      help: 'Calls that may run at once; +Inf where nothing limits them.',
      aggregator: 'max',
      ...ofRoutes(({ slots }) => slots),
    },
    {
      name: 'lambda_proxy_slots_in_use',
      help: 'Calls that run.',
      aggregator: 'sum',
      ...ofRoutes(({ inUse }) => inUse),
    },
    {
      name: 'lambda_proxy_queue_length',
      help: 'Requests that wait for a place.',
      aggregator: 'sum',
      ...ofRoutes(({ queued }) => queued),
    },
  ];
  for (const gauge of gauges) addGauge(registry, gauge);
  const open: Gauge = new Gauge({
    name: 'lambda_proxy_connections',
    help: 'Open connections of clients.',
    registers: [registry],
    collect: async () => open.set(await connections()),
  });
}
