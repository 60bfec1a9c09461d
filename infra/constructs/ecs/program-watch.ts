import { CloudwatchLogMetricFilter } from '@cdktf/provider-aws/lib/cloudwatch-log-metric-filter/index.js';
import { Construct } from 'constructs';
import { buildUnlessFalse, either, existsWhen } from '../../values/decision.ts';
import type { Account } from '../account.ts';
import { type Alarm, Alarms, type Metric } from '../alarms.ts';
import { makeDashboard, type Row } from '../dashboard.ts';
import type { TaskSettings } from './containers.ts';

/** A metric that is taken from lines of the log. */
interface LogMetric {
  /** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html */
  readonly pattern: string;
  /** The field in milliseconds that is measured; lines are counted without it. */
  readonly milliseconds?: string;
}

interface ProgramWatchProps<Name extends string> {
  readonly account: Account;
  readonly settings: TaskSettings;
  readonly logGroupName: string;
  /** Of the program; each installation has its own below it, since metrics of logs have no dimension for it. */
  readonly namespace: string;
  readonly metrics: Readonly<Record<Name, LogMetric>>;
  readonly alarms: (metric: (name: Name) => Metric) => Record<string, Alarm>;
  readonly panels: (metric: (name: Name, stat?: string) => Row) => Record<string, readonly Row[]>;
}

/** Metrics from the log of a program, the alarms on them, and a dashboard. */
export class ProgramWatch<Name extends string> extends Construct {
  constructor(scope: Construct, id: string, props: ProgramWatchProps<Name>) {
    super(scope, id);
    const { settings } = props;
    const namespace = `${props.namespace}/${settings.name}`;
    const metric = (metricName: Name): Metric => ({ namespace, metricName, dimensions: {} });
    buildUnlessFalse(either(settings.createAlarms, settings.createDashboard), (when) => {
      for (const [name, { pattern, milliseconds }] of Object.entries<LogMetric>(props.metrics)) {
        const counted = { value: '1', unit: 'Count', defaultValue: '0' };
        const measured = { value: `$.${milliseconds}`, unit: 'Milliseconds' };
        new CloudwatchLogMetricFilter(this, kebabCase(name), {
          ...existsWhen(when),
          name: `${settings.name}-${kebabCase(name)}`,
          logGroupName: props.logGroupName,
          pattern,
          metricTransformation: { namespace, name, ...(milliseconds === undefined ? counted : measured) },
        });
      }
      return undefined;
    });
    buildUnlessFalse(settings.createAlarms, (when) => {
      const alarms = { ...props.alarms(metric), 'no-task': noTask(settings) };
      const { name, alarmActions: actions, tags } = settings;
      return new Alarms(this, 'alarm', { when, name, actions, tags, alarms });
    });
    makeDashboard(this, {
      ...settings,
      region: props.account.region,
      panels: {
        ...props.panels((name, stat = 'Sum') => ({ ...metric(name), stat })),
        ...ownPanels(settings),
      },
    });
  }
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html */
function ofService(metricName: string, { clusterName, name }: TaskSettings): Metric {
  return { namespace: 'AWS/ECS', metricName, dimensions: { ClusterName: clusterName, ServiceName: name } };
}

/** Each task gives a sample a minute. */
function noTask(settings: TaskSettings): Alarm {
  return {
    ...ofService('CPUUtilization', settings),
    description: 'No task has run for five minutes.',
    statistic: 'SampleCount',
    period: 60,
    evaluationPeriods: 5,
    comparisonOperator: 'LessThanThreshold',
    threshold: 1,
    missingData: 'breaching',
  };
}

function ownPanels(settings: TaskSettings): Record<string, readonly Row[]> {
  const row = (name: string, stat: string) => ({ ...ofService(name, settings), stat });
  return {
    Processor: [row('CPUUtilization', 'Average'), row('CPUUtilization', 'Maximum')],
    Memory: [row('MemoryUtilization', 'Average'), row('MemoryUtilization', 'Maximum')],
  };
}

/** `StaleSources` is `stale-sources`. */
function kebabCase(name: string): string {
  return name.replaceAll(/(?<=.)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}
