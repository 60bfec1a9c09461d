import { expect, it } from 'vitest';
import { reportText } from '../../../src/cli/registrator/report-text.ts';
import type { Report } from '../../../src/registrator/model/report.ts';
import { change, emptyReport, failure, skip, warning } from '../../support/registrator/reports.ts';

const report: Report = {
  ...emptyReport,
  complete: false,
  dryRun: true,
  counts: { created: 1, updated: 2, deleted: 1, unchanged: 4, skipped: 1, failed: 2 },
  changes: [
    change('create', 'orders'),
    change('update', 'billing', ['Meta.lambda-arn', 'service-defaults.Protocol']),
    change('adopt', 'legacy', ['Meta.registrator-owner']),
    change('delete', 'gone'),
  ],
  skips: [skip('conflict', 'payments')],
  warnings: [warning('orders', 'serverless.consul.hashicorp.com/alpha/lambda/enabled')],
  failures: [failure('bad', false), failure('slow', true)],
};

const plain = (_colour: string, text: string): string => text;

it('shows every change with its reason and fields, and what to do about the rest', () => {
  expect(reportText(report, plain)).toMatchInlineSnapshot(`
    "Consul would change:
      + orders
          arn:aws:lambda:eu-west-1:123456789012:function:orders
          reason of orders
      ~ billing
          arn:aws:lambda:eu-west-1:123456789012:function:billing
          reason of billing
          ~ Meta.lambda-arn
          ~ service-defaults.Protocol
      ~ legacy (adopt)
          arn:aws:lambda:eu-west-1:123456789012:function:legacy
          reason of legacy
          ~ Meta.registrator-owner
      - gone
          arn:aws:lambda:eu-west-1:123456789012:function:gone
          reason of gone

    Skipped:
      ! payments (conflict)
          arn:aws:lambda:eu-west-1:123456789012:function:payments
          message of payments
          → hint of payments

    Warnings:
      ! orders (serverless.consul.hashicorp.com/alpha/lambda/enabled)
          arn:aws:lambda:eu-west-1:123456789012:function:orders
          message of orders
          → hint of orders

    Failed:
      x bad (TAG_INVALID)
          arn:aws:lambda:eu-west-1:123456789012:function:bad
          message of bad
      x slow (UPSTREAM_THROTTLED)
          arn:aws:lambda:eu-west-1:123456789012:function:slow
          message of slow
          It is worth trying again.

    Plan: 1 to create, 2 to update, 1 to delete; 4 unchanged, 1 skipped, 2 failed.
    This is not the whole picture: the entries above say what could not be seen or was refused."
  `);
});

it('tells what was done after a sync', () => {
  const done = { ...report, dryRun: false, complete: true, skips: [], warnings: [], failures: [] };
  expect(reportText(done, plain)).toMatch(/^Consul was changed:\n/);
  expect(reportText(done, plain)).toMatch(/\nDone: 1 created, 2 updated, 1 deleted; .*$/);
});

it('says little when there is little to say', () => {
  expect(reportText({ ...emptyReport, dryRun: true }, plain)).toBe(
    'Plan: 0 to create, 0 to update, 0 to delete; 0 unchanged, 0 skipped, 0 failed.',
  );
});

it('lets a message stand alone that concerns no service', () => {
  const hidden = { service: '', arn: '', tag: '', message: 'The node is hidden.', hint: 'Allow node:read.' };
  expect(reportText({ ...emptyReport, warnings: [hidden] }, plain)).toContain(
    'Warnings:\n  ! The node is hidden.\n      → Allow node:read.\n',
  );
});

it('colours signs by what they do', () => {
  const text = reportText(report, (colour, word) => `<${colour}>${word}</>`);
  expect(text).toContain('<green>+</> <green>orders</>');
  expect(text).toContain('<yellow>~</> <yellow>billing</>');
  expect(text).toContain('<red>-</> <red>gone</>');
});
