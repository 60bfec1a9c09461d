import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { boundedReport } from '../../../src/registrator/report/bounded-report.ts';
import type { Report } from '../../../src/registrator/model/report.ts';
import { change, emptyReport, failure, skip, warning } from '../../support/registrator/reports.ts';
import { tries } from '../../support/explorations.ts';

function reportWith(lengths: { changes: number; skips: number; warnings: number; failures: number }): Report {
  return {
    ...emptyReport,
    counts: { ...emptyReport.counts, created: lengths.changes },
    changes: Array.from({ length: lengths.changes }, (_, index) => change('create', `c${index}`)),
    skips: Array.from({ length: lengths.skips }, (_, index) => skip('conflict', `s${index}é`)),
    warnings: Array.from({ length: lengths.warnings }, (_, index) => warning(`w${index}`, 'enabled')),
    failures: Array.from({ length: lengths.failures }, (_, index) => failure(`f${index}`, true)),
  };
}

function bytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

it('leaves a small report as it is', () => {
  const report = reportWith({ changes: 1000, skips: 1, warnings: 0, failures: 2 });
  expect(boundedReport(report)).toEqual(report);
});

it('cuts a list at 1,000 entries and says how many it left out, while counts stay whole', () => {
  const bounded = boundedReport(reportWith({ changes: 1_200, skips: 0, warnings: 0, failures: 0 }));
  expect(bounded.changes).toHaveLength(1_000);
  expect(bounded.truncated).toEqual({ changes: 200 });
  expect(bounded.counts.created).toBe(1_200);
});

it('cuts the long lists, not the short ones, to stay under 256 KB', () => {
  const bounded = boundedReport(reportWith({ changes: 1_000, skips: 1_000, warnings: 1_000, failures: 3 }));
  expect(bytes(bounded)).toBeLessThan(256_000);
  expect(bounded.failures).toHaveLength(3);
  for (const list of [bounded.changes, bounded.skips, bounded.warnings]) {
    expect(list.length).toBeGreaterThan(100);
  }
});

it('is small and accounts for every entry, whatever the report', () => {
  const length = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 3_000 }));
  const lengths = fc.record({ changes: length, skips: length, warnings: length, failures: length });
  fc.assert(
    fc.property(lengths, (given) => {
      const bounded = boundedReport(reportWith(given));
      expect(bytes(bounded)).toBeLessThan(256_000);
      for (const name of ['changes', 'skips', 'warnings', 'failures'] as const) {
        expect(bounded[name].length).toBeLessThanOrEqual(1_000);
        expect(bounded[name].length + (bounded.truncated?.[name] ?? 0)).toBe(given[name]);
      }
    }),
    tries(30),
  );
});
