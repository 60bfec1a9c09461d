import { describe, expect, it } from 'vitest';
import { metricDimension, metricNamespace, metricUnits } from '../../src/registrator/config.ts';
import type { JsonObject } from '../module/expressions.ts';
import { ofType, only, registratorStack, registryStack, textOf } from './support/configurations.ts';

const emitted = Object.keys(metricUnits);

type Alarm = Record<string, unknown>;

function alarms(configuration: JsonObject): Map<string, Alarm> {
  const made = ofType(configuration, 'aws_cloudwatch_metric_alarm').map(([, alarm]) => alarm);
  return new Map(made.map((alarm) => [textOf(alarm['alarm_name']), alarm]));
}

describe('the alarms of a registrator', () => {
  const found = alarms(registratorStack());

  it('tell of errors, dead letters, missing syncs, refused deletions and conflicts', () => {
    expect([...found.keys()].toSorted()).toEqual([
      'registrator-conflicts',
      'registrator-dead-letters',
      'registrator-deletes-refused',
      'registrator-errors',
      'registrator-no-sync',
    ]);
  });

  it('watch metrics that the program emits, where it emits them', () => {
    const own = [...found.values()].filter((alarm) => alarm['namespace'] === metricNamespace);
    expect(own.map((alarm) => alarm['metric_name'])).toEqual([
      'SyncSucceeded',
      'DeletesRefused',
      'Conflicts',
    ]);
    expect(emitted).toEqual(expect.arrayContaining(own.map((alarm) => alarm['metric_name'])));
    for (const alarm of own) expect(Object.keys(alarm['dimensions'] as object)).toEqual([metricDimension]);
  });

  it.each([
    [1, 60],
    [5, 300],
    [60, 3600],
  ])('miss a sync after three periods of %i minutes', (syncFrequencyInMinutes, period) => {
    const alarm = alarms(registratorStack({ syncFrequencyInMinutes })).get('registrator-no-sync');
    expect(alarm).toMatchObject({
      metric_name: 'SyncSucceeded',
      statistic: 'Sum',
      comparison_operator: 'LessThanThreshold',
      threshold: 1,
      period,
      evaluation_periods: 3,
      treat_missing_data: 'breaching',
    });
  });

  it.each([
    [1, 60],
    [60, 3600],
    [1440, 86_400],
  ])('tell of failed runs in two of three periods of %i minutes', (minutes, period) => {
    const props = { syncFrequencyInMinutes: minutes };
    const alarm = alarms(registratorStack(props)).get('registrator-errors');
    expect(alarm).toMatchObject({
      statistic: 'Sum',
      threshold: 0,
      period,
      evaluation_periods: 3,
      datapoints_to_alarm: 2,
    });
  });

  it('are left out on request', () => {
    expect(alarms(registratorStack({ createAlarms: false })).size).toBe(0);
  });
});

describe('the dashboard of a registrator', () => {
  it('shows metrics that the program emits, where it emits them', () => {
    const body = JSON.parse(
      textOf(only(registratorStack(), 'aws_cloudwatch_dashboard')['dashboard_body']),
    ) as {
      widgets: { properties: { metrics: [string, string, string, ...unknown[]][] } }[];
    };
    const rows = body.widgets.flatMap(({ properties }) => properties.metrics);
    const own = rows.filter(([namespace]) => namespace === metricNamespace);
    expect(emitted).toEqual(expect.arrayContaining(own.map(([, metric]) => metric)));
    expect(new Set(own.map(([, , dimension]) => dimension))).toEqual(new Set([metricDimension]));
    const others = rows.filter(([namespace]) => namespace !== metricNamespace);
    expect(new Set(others.map(([namespace]) => namespace))).toEqual(new Set(['AWS/Lambda', 'AWS/SQS']));
  });
});

describe('the alarms of a registry', () => {
  it.each([
    ['http', '5xx', 'ApiId'],
    ['rest', '5XXError', 'ApiName'],
  ])('count the server errors of a %s API under its own name and dimension', (apiType, metric, dimension) => {
    const alarm = alarms(registryStack({ apiType })).get('registry-server-errors');
    expect(alarm).toMatchObject({ namespace: 'AWS/ApiGateway', metric_name: metric });
    expect(Object.keys(alarm?.['dimensions'] as object)).toEqual([dimension]);
  });
});
