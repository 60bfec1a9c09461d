import { expect, it } from 'vitest';
import { type Measured, metricsLine } from '../../../src/registrator/report/metrics.ts';
import { emptyReport, failure, skip } from '../../support/registrator/reports.ts';

const measured: Measured = {
  report: {
    ...emptyReport,
    counts: { created: 1, updated: 2, deleted: 3, unchanged: 4, skipped: 3, failed: 2 },
    skips: [skip('conflict', 'a'), skip('delete-guard', 'b'), skip('policy', 'c')],
    failures: [failure('d', false), failure('e', false)],
    durationMs: 120,
  },
  full: true,
  managedServices: 40,
  awsCalls: 12,
  consulCalls: 2,
};

function emf(changed: Partial<Measured> = {}): Record<string, unknown> {
  const line = metricsLine({ ...measured, ...changed }, 'registrator', 1_700_000_000_000);
  expect(line).not.toContain('\n');
  return JSON.parse(line) as Record<string, unknown>;
}

const count = (Name: string): object => ({ Name, Unit: 'Count' });

it('declares every metric with its unit, in the namespace, by function', () => {
  expect(emf()['_aws']).toEqual({
    Timestamp: 1_700_000_000_000,
    CloudWatchMetrics: [
      {
        Namespace: 'LambdaRegistrator',
        Dimensions: [['FunctionName']],
        Metrics: [
          ...['SyncSucceeded', 'Created', 'Updated', 'Deleted', 'Unchanged', 'Skipped', 'Failed'].map(count),
          ...['Conflicts', 'DeletesRefused', 'Retryable', 'ManagedServices', 'AwsCalls'].map(count),
          count('ConsulCalls'),
          { Name: 'Duration', Unit: 'Milliseconds' },
        ],
      },
    ],
  });
});

it('carries the values beside the declaration', () => {
  const { _aws, ...values } = emf();
  expect(values).toEqual({
    FunctionName: 'registrator',
    SyncSucceeded: 1,
    Created: 1,
    Updated: 2,
    Deleted: 3,
    Unchanged: 4,
    Skipped: 3,
    Failed: 2,
    Conflicts: 1,
    DeletesRefused: 1,
    Retryable: 0,
    ManagedServices: 40,
    AwsCalls: 12,
    ConsulCalls: 2,
    Duration: 120,
  });
});

it('says that a sync succeeded only of complete full syncs', () => {
  expect(emf({ full: false })).not.toHaveProperty('SyncSucceeded');
  expect(emf({ report: { ...measured.report, complete: false } })).not.toHaveProperty('SyncSucceeded');
});

it('says nothing of success while retryable work is left', () => {
  const values = emf({ report: { ...measured.report, failures: [failure('d', true), failure('e', false)] } });
  expect(values).not.toHaveProperty('SyncSucceeded');
  expect(values).toMatchObject({ Retryable: 1, Failed: 2 });
});

it('leaves out how many services are managed where only some were looked at', () => {
  const document = emf({ full: false, managedServices: undefined });
  expect(document).not.toHaveProperty('ManagedServices');
  expect(JSON.stringify(document['_aws'])).not.toContain('ManagedServices');
});
