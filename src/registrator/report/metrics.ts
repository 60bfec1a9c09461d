import {
  type MetricName,
  metricDimension,
  metricNamespace,
  metricUnits,
} from '../../config/registrator-metrics.ts';
import type { Report, SkipReason } from '../model/report.ts';

/** What one run is measured by. */
export interface Measured {
  /** With whole lists: what was left out of an answer still counts. */
  report: Report;
  /** Whether all functions were looked at. */
  full: boolean;
  /** Services of ours in Consul after the run; undefined where only some were looked at. */
  managedServices: number | undefined;
  awsCalls: number;
  consulCalls: number;
}

/**
 * The metrics of a run as one line for standard output, where CloudWatch picks them up without an agent
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
 * `timestamp` is in milliseconds since 1970. Not for dry runs, which create and delete nothing.
 */
export function metricsLine(measured: Measured, functionName: string, timestamp: number): string {
  const metrics = metricsOf(measured);
  const declared = Object.entries(metricUnits)
    .filter(([Name]) => Name in metrics)
    .map(([Name, Unit]) => ({ Name, Unit }));
  const directive = { Namespace: metricNamespace, Dimensions: [[metricDimension]], Metrics: declared };
  return JSON.stringify({
    _aws: { Timestamp: timestamp, CloudWatchMetrics: [directive] },
    [metricDimension]: functionName,
    ...metrics,
  });
}

function metricsOf(measured: Measured): Partial<Record<MetricName, number>> {
  const { report, full, managedServices, awsCalls, consulCalls } = measured;
  const { counts } = report;
  const retryable = report.failures.filter((failure) => failure.retryable).length;
  return {
    ...(full && report.complete && retryable === 0 ? { SyncSucceeded: 1 } : {}),
    Created: counts.created,
    Updated: counts.updated,
    Deleted: counts.deleted,
    Unchanged: counts.unchanged,
    Skipped: counts.skipped,
    Failed: counts.failed,
    Conflicts: skipsFor(report, 'conflict'),
    DeletesRefused: skipsFor(report, 'delete-guard'),
    Retryable: retryable,
    ...(managedServices === undefined ? {} : { ManagedServices: managedServices }),
    AwsCalls: awsCalls,
    ConsulCalls: consulCalls,
    Duration: report.durationMs,
  };
}

function skipsFor(report: Report, reason: SkipReason): number {
  return report.skips.filter((skip) => skip.reason === reason).length;
}
