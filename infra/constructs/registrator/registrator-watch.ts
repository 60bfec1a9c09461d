import { Op, Token } from 'cdktf';
import { Construct } from 'constructs';
import {
  metricDimension,
  type MetricName,
  metricNamespace,
} from '../../../src/config/registrator-metrics.ts';
import type { registratorInputs } from '../../inputs/registrator.ts';
import { buildUnlessFalse } from '../../values/decision.ts';
import type { ValuesOf } from '../../values/inputs.ts';
import type { Account } from '../account.ts';
import { type Alarm, Alarms, anyOf, fiveMinutes, type Metric } from '../alarms.ts';
import { makeDashboard, type Row } from '../dashboard.ts';

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
    makeDashboard(this, { ...settings, region: props.account.region, panels: panels(props) });
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

function panels({ functionName, deadLetterQueue }: RegistratorWatchProps): Record<string, Row[]> {
  const own = (stat: string, ...metrics: MetricName[]) =>
    metrics.map((metric) => ({ ...ownMetric(metric, functionName), stat }));
  const lambda = (stat: string, ...metrics: string[]) =>
    metrics.map((metric) => ({ ...lambdaMetric(metric, functionName), stat }));
  return {
    'Complete syncs': own('Sum', 'SyncSucceeded'),
    'Managed services': own('Maximum', 'ManagedServices'),
    Changes: own('Sum', 'Created', 'Updated', 'Deleted'),
    'Not done': own('Maximum', 'Skipped', 'Failed', 'Conflicts', 'DeletesRefused', 'Retryable'),
    Calls: own('Sum', 'AwsCalls', 'ConsulCalls'),
    'Duration of runs': own('Maximum', 'Duration'),
    Function: lambda('Sum', 'Invocations', 'Errors', 'Throttles'),
    'Dead letters': [{ ...deadLetters(deadLetterQueue), stat: 'Maximum' }],
  };
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
