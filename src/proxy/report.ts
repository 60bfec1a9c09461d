import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue } from 'prom-client';
import type { RouteView } from './views.ts';

/** Metrics as they travel between processes. */
export type MetricsJson = MetricObjectWithValues<MetricValue<string>>[];

/** What one serving process tells of itself. */
export interface Report {
  readonly ready: boolean;
  readonly routes: readonly RouteView[];
  readonly metrics: MetricsJson;
}

/** Whether all of them take traffic, and there are any. */
export function areReady(reports: readonly Report[]): boolean {
  return reports.length > 0 && reports.every(({ ready }) => ready);
}

/** Routes with what goes on at them in all processes; places are shared, so that each process knows their number. */
export function unitedRoutes(reports: readonly Report[]): RouteView[] {
  const united = new Map<string, RouteView>();
  for (const route of reports.flatMap(({ routes }) => routes)) {
    const key = `${route.hostname}${route.path_prefix}`;
    const known = united.get(key);
    const sum = known && { in_use: known.in_use + route.in_use, queued: known.queued + route.queued };
    united.set(key, { ...route, ...sum });
  }
  return [...united.values()];
}

/** The metrics of all processes as one, in Prometheus' text format. */
export function unitedMetrics(metrics: readonly MetricsJson[]): Promise<string> {
  return AggregatorRegistry.aggregate([...metrics]).metrics();
}
