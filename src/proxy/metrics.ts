import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { MetricsJson } from './report.ts';
import type { SourceState } from './routes/source-health.ts';
import type { Usage } from './targets/target.ts';

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
  /** By the name of the source. */
  readonly sources: () => ReadonlyMap<string, SourceState>;
}

/** Metrics of a proxy on a registry of their own. */
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

function addGauges(registry: Registry, { connections, usage, sources }: Gauges): void {
  const registers = [registry];
  const ofRoutes = (name: string, help: string, value: (used: Usage) => number): void => {
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames: ['route'],
      registers,
      collect: () => {
        gauge.reset();
        for (const { route, usage: used } of usage()) gauge.set({ route: route.label }, value(used));
      },
    });
  };
  ofRoutes(
    'lambda_proxy_slots',
    'Calls that may run at once; +Inf where nothing limits them.',
    (used) => used.slots,
  );
  ofRoutes('lambda_proxy_slots_in_use', 'Calls that run.', (used) => used.inUse);
  ofRoutes('lambda_proxy_queue_length', 'Requests that wait for a place.', (used) => used.queued);
  const open: Gauge = new Gauge({
    name: 'lambda_proxy_connections',
    help: 'Open connections of clients.',
    registers,
    collect: async () => open.set(await connections()),
  });
  const ofSources = (name: string, help: string, value: (source: SourceState) => number): void => {
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames: ['source'],
      registers,
      collect: () => {
        for (const [source, state] of sources()) gauge.set({ source }, value(state));
      },
    });
  };
  ofSources(
    'lambda_proxy_source_up',
    'Whether the last question to a source of routes was answered.',
    ({ up }) => Number(up),
  );
  ofSources(
    'lambda_proxy_source_last_success_timestamp_seconds',
    'When a source of routes was last heard of; 0 for never.',
    ({ lastSuccess }) => lastSuccess / 1000,
  );
}
