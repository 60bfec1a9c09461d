/** Where the CloudWatch metrics are found; alarms and dashboards are built from these names. */
export const metricNamespace = 'LambdaRegistrator';
export const metricDimension = 'FunctionName';
export const metricUnits = {
  SyncSucceeded: 'Count',
  Created: 'Count',
  Updated: 'Count',
  Deleted: 'Count',
  Unchanged: 'Count',
  Skipped: 'Count',
  Failed: 'Count',
  Conflicts: 'Count',
  DeletesRefused: 'Count',
  Retryable: 'Count',
  ManagedServices: 'Count',
  AwsCalls: 'Count',
  ConsulCalls: 'Count',
  Duration: 'Milliseconds',
} as const;
export type MetricName = keyof typeof metricUnits;
