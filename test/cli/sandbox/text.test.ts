import { expect, it } from 'vitest';
import { introductionText, movedText, reconciledText, stayingUpText } from '../../../src/cli/sandbox/text.ts';
import { emptyReport } from '../../support/registrator/reports.ts';

const plain = (_colour: string, text: string): string => text;

it('prints a line for the AWS CLI that can reach nothing but the sandbox', () => {
  const aws = { endpoint: 'http://127.0.0.1:4566', region: 'eu-west-1', account: '123456789012' };
  const line = stayingUpText(aws)
    .split('\n')
    .find((text) => text.includes(' aws '));
  for (const part of ['AWS_ACCESS_KEY_ID=sandbox', 'AWS_SECRET_ACCESS_KEY=sandbox'])
    expect(line).toContain(part);
  expect(line).toContain(' --endpoint-url http://127.0.0.1:4566 --region eu-west-1 ');
  expect(line).toContain('arn:aws:lambda:eu-west-1:123456789012:function:');
});

const row = {
  datacenter: 'dc1',
  service: 'orders',
  node: 'lambdas',
  function: 'orders:live',
  mode: 'synchronous',
  tags: 'a, b',
};
const foreign = { datacenter: 'dc1', service: 'payments', node: 'vm-7', function: '', mode: '', tags: '' };

it('shows the catalog in columns after each event', () => {
  const outcome = { report: emptyReport, before: [], catalog: [row, foreign] };
  expect(reconciledText({ call: 'TagResource20170331v2', outcome }, plain)).toMatchInlineSnapshot(`
    "Event: TagResource20170331v2

    Done: 0 created, 0 updated, 0 deleted; 0 unchanged, 0 skipped, 0 failed.

    The Consul catalog now:
    SERVICE   NODE     FUNCTION     MODE         TAGS
    orders    lambdas  orders:live  synchronous  a, b
    payments  vm-7"
  `);
});

it('shows what went wrong in place of the catalog', () => {
  const text = reconciledText({ call: undefined, outcome: new Error('Consul is away.') }, plain);
  expect(text).toBe('Event: Scheduled Event\nerror: Consul is away.');
});

it('shows what went and came in the catalogs of several datacenters', () => {
  const moved = { ...row, datacenter: 'dc2' };
  const outcome = { report: emptyReport, before: [row, foreign], catalog: [foreign, moved] };
  expect(movedText({ call: undefined, outcome }, plain)).toMatchInlineSnapshot(`
    "Event: Scheduled Event

    Done: 0 created, 0 updated, 0 deleted; 0 unchanged, 0 skipped, 0 failed.

    In the catalogs:
       DATACENTER  SERVICE  NODE     FUNCTION     MODE         TAGS
    -  dc1         orders   lambdas  orders:live  synchronous  a, b
    +  dc2         orders   lambdas  orders:live  synchronous  a, b"
  `);
  const still = { ...outcome, before: outcome.catalog };
  expect(movedText({ call: undefined, outcome: still }, plain)).toContain('Nothing changed in the catalogs.');
});

it('says where the Consul of a second datacenter is', () => {
  const text = introductionText({
    consul: { version: '1.20.0', address: 'http://127.0.0.1:1' },
    second: { datacenter: 'dc2', address: 'http://127.0.0.1:2' },
    aws: { endpoint: 'http://127.0.0.1:3', region: 'eu-west-1', account: '123456789012' },
  });
  expect(text).toContain('Datacenter dc2, joined over the WAN, is at http://127.0.0.1:2');
});
