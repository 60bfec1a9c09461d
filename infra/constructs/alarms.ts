import {
  CloudwatchMetricAlarm,
  type CloudwatchMetricAlarmConfig,
} from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm/index.js';
import { Construct } from 'constructs';
import { type Decision, existsWhen } from '../values/decision.ts';

/** In seconds: the period of metrics that do not follow a schedule of their own. */
export const fiveMinutes = 300;

/** A metric of one thing. */
export interface Metric {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Record<string, string>;
}

export type Alarm = Metric & { readonly description: string } & Pick<
    CloudwatchMetricAlarmConfig,
    'statistic' | 'period' | 'comparisonOperator' | 'threshold' | 'evaluationPeriods'
  > & { readonly missingData?: 'breaching' | 'notBreaching'; readonly datapointsToAlarm?: number };

interface AlarmsProps {
  readonly when: Decision;
  readonly name: string;
  readonly actions: string[];
  readonly tags: Record<string, string>;
  readonly alarms: Readonly<Record<string, Alarm>>;
}

/** CloudWatch alarms named `<name>-<alarm>`, all with the same actions. */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    for (const [key, { description, missingData, ...alarm }] of Object.entries(props.alarms)) {
      new CloudwatchMetricAlarm(this, key, {
        ...existsWhen(props.when),
        alarmName: `${props.name}-${key}`,
        alarmDescription: description,
        treatMissingData: missingData ?? 'notBreaching',
        alarmActions: props.actions,
        okActions: props.actions,
        tags: props.tags,
        ...alarm,
      });
    }
  }
}

/** Any at all within the period. */
export function anyOf(metric: Metric, periodSeconds: number, description: string): Alarm {
  return {
    ...metric,
    description,
    statistic: 'Sum',
    period: periodSeconds,
    evaluationPeriods: 1,
    comparisonOperator: 'GreaterThanThreshold',
    threshold: 0,
  };
}
