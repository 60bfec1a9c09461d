import { CloudwatchDashboard } from '@cdktf/provider-aws/lib/cloudwatch-dashboard/index.js';
import { Op, Token } from 'cdktf';
import { Construct } from 'constructs';
import { metricDimension, type MetricName, metricNamespace } from '../../src/registrator/config.ts';
import type { registratorInputs } from '../inputs/registrator.ts';
import { buildUnlessFalse, existsWhen } from '../values/decision.ts';
import type { ValuesOf } from '../values/inputs.ts';
import type { Account } from './account.ts';
import { type Alarm, Alarms, anyOf, fiveMinutes, type Metric } from './alarms.ts';

interface RegistratorWatchProps {
  readonly account: Account;
  readonly settings: ValuesOf<typeof registratorInputs>;
  readonly functionName: string;
  readonly deadLetterQueue: string;
}

/** The registrator's alarms and its dashboard. */
export class RegistratorWatch extends Construct {
  constructor(scope: Construct, id: string, props: RegistratorWatchProps) {
    super(scope, id);
    const { settings } = props;
    buildUnlessFalse(settings.createAlarms, (when) => {
      const alarms = registratorAlarms(props);
      return new Alarms(this, 'alarm', {
        when,
        name: settings.name,
        actions: settings.alarmActions,
        tags: settings.tags,
        alarms,
      });
    });
    buildUnlessFalse(settings.createDashboard, (when) => {
      return new CloudwatchDashboard(this, 'dashboard', {
        ...existsWhen(when),
        // Dashboards are one list for all regions of an account, and so are roles, which have this name too.
        dashboardName: settings.name,
        dashboardBody: JSON.stringify(dashboard(props)),
      });
    });
  }
}

function registratorAlarms(props: RegistratorWatchProps): Record<string, Alarm> {
  const period = seconds(props.settings.syncFrequencyInMinutes);
  const own = (metric: MetricName) => ownMetric(metric, props.functionName);
  return {
    // Periods of the schedule, so that two syncs that fail in a row are seen however far apart they are.
    errors: {
      ...anyOf(
        lambdaMetric('Errors', props.functionName),
        period,
        'Runs of the registrator fail again and again.',
      ),
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
    },
    'dead-letters': {
      ...anyOf(deadLetters(props.deadLetterQueue), fiveMinutes, 'Events were given up; look into the queue.'),
      statistic: 'Maximum',
    },
    'no-sync': {
      ...own('SyncSucceeded'),
      description: 'No complete sync in three periods of the schedule.',
      statistic: 'Sum',
      period,
      evaluationPeriods: 3,
      comparisonOperator: 'LessThanThreshold',
      threshold: 1,
      missingData: 'breaching',
    },
    'deletes-refused': anyOf(
      own('DeletesRefused'),
      period,
      'A sync would have deleted more than MAX_DELETE_PERCENT allows, and deleted nothing.',
    ),
    conflicts: anyOf(
      own('Conflicts'),
      period,
      'Names are taken by services of somebody else; the report names them.',
    ),
  };
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
function dashboard({ account, functionName, deadLetterQueue }: RegistratorWatchProps) {
  const row = (metric: Metric, stat: string) => [
    metric.namespace,
    metric.metricName,
    ...Object.entries(metric.dimensions).flat(),
    { stat },
  ];
  const own = (stat: string, ...metrics: MetricName[]) =>
    metrics.map((metric) => row(ownMetric(metric, functionName), stat));
  const lambda = (stat: string, ...metrics: string[]) =>
    metrics.map((metric) => row(lambdaMetric(metric, functionName), stat));
  const panels = {
    'Complete syncs': own('Sum', 'SyncSucceeded'),
    'Managed services': own('Maximum', 'ManagedServices'),
    Changes: own('Sum', 'Created', 'Updated', 'Deleted'),
    'Not done': own('Maximum', 'Skipped', 'Failed', 'Conflicts', 'DeletesRefused', 'Retryable'),
    Calls: own('Sum', 'AwsCalls', 'ConsulCalls'),
    'Duration of runs': own('Maximum', 'Duration'),
    Function: lambda('Sum', 'Invocations', 'Errors', 'Throttles'),
    'Dead letters': [row(deadLetters(deadLetterQueue), 'Maximum')],
  };
  const widgets = Object.entries(panels).map(([title, metrics], index) => ({
    type: 'metric',
    x: (index % 2) * 12,
    y: Math.floor(index / 2) * 6,
    width: 12,
    height: 6,
    properties: { title, region: account.region, view: 'timeSeries', period: fiveMinutes, metrics },
  }));
  return { widgets };
}

function ownMetric(metricName: MetricName, functionName: string): Metric {
  return { namespace: metricNamespace, metricName, dimensions: { [metricDimension]: functionName } };
}

function lambdaMetric(metricName: string, functionName: string): Metric {
  return { namespace: 'AWS/Lambda', metricName, dimensions: { FunctionName: functionName } };
}

function deadLetters(queueName: string): Metric {
  return {
    namespace: 'AWS/SQS',
    metricName: 'ApproximateNumberOfMessagesVisible',
    dimensions: { QueueName: queueName },
  };
}

function seconds(minutes: number): number {
  return Token.isUnresolved(minutes) ? Token.asNumber(Op.mul(minutes, 60)) : minutes * 60;
}
