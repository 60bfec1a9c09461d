import { describe, expect, it } from 'vitest';
import { metricDimension, metricNamespace, metricUnits } from '../../src/config/registrator-metrics.ts';
import { writtenByAgent } from '../../test/support/agent/written-lines.ts';
import type { LogLine } from '../../test/support/program-process.ts';
import { writtenByProxy } from '../../test/support/proxy/written-lines.ts';
import type { JsonObject } from '../module/expressions.ts';
import {
  agentStack,
  at,
  ofType,
  only,
  proxyStack,
  registratorStack,
  registryStack,
  textOf,
} from './support/configurations.ts';

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

/** What the forms of pattern mean that filters use: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html */
function matches(pattern: string, line: LogLine): boolean {
  const terms = [...pattern.matchAll(/\$\.(\w+) (=|>=) ("[^"]*"|\d+)/g)];
  return terms.every(([, field = '', operator, value = '']) => {
    const wanted = JSON.parse(value) as unknown;
    return operator === '=' ? line[field] === wanted : Number(line[field]) >= Number(wanted);
  });
}

/** What tells a line from others of its kind. */
const distinction = ({ status, how, age_s: age }: LogLine): unknown => status ?? how ?? age;

describe.each([
  ['proxy', proxyStack(), 'LambdaProxy/proxy'],
  ['agent', agentStack(), 'HaproxyAgent/agent'],
])('the metrics of a %s', (name, configuration, namespace) => {
  const filters = new Map(
    ofType(configuration, 'aws_cloudwatch_log_metric_filter').map(([, filter]) => [
      textOf(at(filter, 'metric_transformation', 'name')),
      filter,
    ]),
  );
  const alarmed = alarms(configuration);

  it('are taken from the lines that its log has', async () => {
    const lines = await (name === 'proxy' ? writtenByProxy() : writtenByAgent());
    const counted = [...filters].map(([metric, { pattern }]) => [
      metric,
      lines.filter((line) => matches(textOf(pattern), line)).map(distinction),
    ]);
    expect(Object.fromEntries(counted)).toEqual(
      name === 'proxy'
        ? {
            Requests: [200, 502, 499, 400],
            ServerErrors: [502],
            Duration: [200, 502, 499, 400],
            StaleSources: [60],
          }
        : {
            // A source that failed once is no alarm.
            StaleSources: [92],
            RejectedConfigurations: ['rejected'],
            Reloads: ['reload'],
            RuntimeChanges: ['runtime'],
          },
    );
  });

  it('are what alarms and the dashboard show', () => {
    expect([...alarmed.keys()]).toEqual(
      name === 'proxy'
        ? ['proxy-server-errors', 'proxy-stale-source', 'proxy-no-task']
        : ['agent-stale-source', 'agent-rejected-configuration', 'agent-no-task'],
    );
    const own = [...alarmed.values()].filter((alarm) => alarm['namespace'] === namespace);
    expect(own).toHaveLength(2);
    expect([...filters.keys()]).toEqual(expect.arrayContaining(own.map((alarm) => alarm['metric_name'])));
    const body = textOf(only(configuration, 'aws_cloudwatch_dashboard')['dashboard_body']);
    for (const metric of filters.keys()) expect(body).toContain(`["${namespace}","${metric}"`);
  });

  it('tell of a service without tasks', () => {
    expect(alarmed.get(`${name}-no-task`)).toMatchObject({
      dimensions: { ClusterName: 'production', ServiceName: name },
      statistic: 'SampleCount',
      threshold: 1,
      treat_missing_data: 'breaching',
    });
  });

  it('are left out where nothing asks for them', () => {
    const stack = name === 'proxy' ? proxyStack : agentStack;
    const without = stack({ createAlarms: false, createDashboard: false });
    expect(ofType(without, 'aws_cloudwatch_log_metric_filter')).toEqual([]);
    expect(alarms(without).size).toBe(0);
  });
});

it('alarms of a proxy count as many server errors as are said', () => {
  const alarm = alarms(proxyStack({ serverErrorsThreshold: 100 })).get('proxy-server-errors');
  expect(alarm).toMatchObject({ metric_name: 'ServerErrors', threshold: 100, period: 300, statistic: 'Sum' });
});
