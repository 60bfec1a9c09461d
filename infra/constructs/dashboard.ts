import { CloudwatchDashboard } from '@cdktf/provider-aws/lib/cloudwatch-dashboard/index.js';
import type { Construct } from 'constructs';
import { buildUnlessFalse, type Decision, existsWhen } from '../values/decision.ts';
import { fiveMinutes, type Metric } from './alarms.ts';

/** A line of a panel: a metric, and which statistic of it. */
export type Row = Metric & { readonly stat: string };

interface DashboardProps {
  readonly createDashboard: Decision;
  readonly name: string;
  readonly region: string;
  /** By their titles. */
  readonly panels: Readonly<Record<string, readonly Row[]>>;
}

/** Makes a dashboard in `scope`, two panels a line, where one is wanted. */
export function makeDashboard(scope: Construct, { createDashboard, name, region, panels }: DashboardProps) {
  buildUnlessFalse(createDashboard, (when) => {
    return new CloudwatchDashboard(scope, 'dashboard', {
      ...existsWhen(when),
      // Dashboards are one list for all regions of an account, and so are roles, which have this name too.
      dashboardName: name,
      dashboardBody: JSON.stringify(body(region, panels)),
    });
  });
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
function body(region: string, panels: DashboardProps['panels']) {
  const widgets = Object.entries(panels).map(([title, rows], index) => ({
    type: 'metric',
    x: (index % 2) * 12,
    y: Math.floor(index / 2) * 6,
    width: 12,
    height: 6,
    properties: { title, region, view: 'timeSeries', period: fiveMinutes, metrics: rows.map(line) },
  }));
  return { widgets };
}

function line({ namespace, metricName, dimensions, stat }: Row) {
  return [namespace, metricName, ...Object.entries(dimensions).flat(), { stat }];
}
