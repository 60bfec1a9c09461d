import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue } from 'prom-client';
import type { RouteView } from './views.ts';

/** Metrics as they travel between processes. */
export type MetricsJson = MetricObjectWithValues<MetricValue<string>>[];

/** What serving processes tell of themselves. */
export interface Report {
  readonly ready: boolean;
  readonly routes: readonly RouteView[];
  readonly metrics: MetricsJson;
}

/** What all processes are together: ready when each of them is, and there are any. */
export async function unitedReport(reports: readonly Report[]): Promise<Report> {
  return {
    ready: reports.length > 0 && reports.every(({ ready }) => ready),
    routes: unitedRoutes(reports),
    metrics: await unitedMetrics(reports.map(({ metrics }) => metrics)),
  };
}

/** Routes with what goes on at them in all processes; places are shared, so that each process knows their number. */
function unitedRoutes(reports: readonly Report[]): RouteView[] {
  const united = new Map<string, RouteView>();
  for (const route of reports.flatMap(({ routes }) => routes)) {
    const key = `${route.hostname}${route.path_prefix}`;
    const known = united.get(key);
    const sum = known && { in_use: known.in_use + route.in_use, queued: known.queued + route.queued };
    united.set(key, { ...route, ...sum });
  }
  return [...united.values()];
}

/** The metrics of all processes as one. */
export function unitedMetrics(metrics: readonly MetricsJson[]): Promise<MetricsJson> {
  return AggregatorRegistry.aggregate([...metrics]).getMetricsAsJSON();
}

/** All of them in Prometheus' text format. */
export function metricsText(metrics: readonly MetricsJson[]): Promise<string> {
  return AggregatorRegistry.aggregate([...metrics]).metrics();
}

/** What has been counted, without what is measured at a moment. */
export function countsIn(metrics: MetricsJson): MetricsJson {
  // Words, though their type is declared as numbers.
  return metrics.filter(({ type }) => String(type) !== 'gauge');
}
