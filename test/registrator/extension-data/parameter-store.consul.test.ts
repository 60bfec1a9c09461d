import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createExtensionParameters } from '../../../src/aws/extension-parameters.ts';
import { removeExtensionData } from '../../../src/registrator/extension-data/remove.ts';
import { renewExtensionData } from '../../../src/registrator/extension-data/renew.ts';
import type { Run } from '../../../src/registrator/run.ts';
import { noFaults } from '../../../src/sandbox/aws/faults.ts';
import { faultsInTurn } from '../../support/aws/faults.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { pathOf, useExtensionData } from '../../support/registrator/extension-data.ts';
import { sandboxAws } from '../../support/aws/sandbox-aws.ts';

const given = useExtensionData();

let aws: Awaited<ReturnType<typeof sandboxAws>>;
beforeAll(async () => {
  aws = await sandboxAws();
});
beforeEach(() => {
  Object.assign(aws.faults, noFaults());
  aws.world.parameters.clear();
});
afterAll(() => aws?.close());

function run(env: Record<string, string> = {}): Run {
  const parameters = createExtensionParameters({ clock: systemClock, random: () => 0, target: aws.target });
  return { ...given.run({ env }), parameters };
}

it('keeps what is written as an encrypted parameter', async () => {
  await given.register('pay');
  expect(await renewExtensionData(run(), await given.registered())).toMatchObject({ failures: [] });
  expect(aws.world.parameters.get(pathOf('pay'))).toMatchObject([{ type: 'SecureString', tier: 'Standard' }]);
});

it.each(['throttle', 'server-error', 'drop', 'lose-answer', 'truncate', 'hollow'] as const)(
  'takes each write and removal in the end when some are hit by %s',
  async (fault) => {
    await given.register('pay');
    aws.faults.strike = faultsInTurn('PutParameter', [fault]);
    expect(await renewExtensionData(run(), await given.registered())).toMatchObject({
      changes: [{ service: 'pay' }],
      failures: [],
    });
    aws.faults.strike = faultsInTurn('DeleteParameter', [fault]);
    const leaving = await given.registered();
    expect(await removeExtensionData(run(), leaving, [])).toEqual({ kept: [], failures: [] });
    expect(aws.world.parameters.size).toBe(0);
  },
);

it.each([
  ['kms:Encrypt', /grant kms:Encrypt on key alias\/mesh/],
  ['ssm:PutParameter', /grant ssm:PutParameter/],
])('tells once what is missing where %s is denied', async (action, message) => {
  aws.world.keys.add('alias/mesh');
  aws.faults.denied.add(action);
  await given.register('pay');
  await given.register('mail');
  const env = { CONSUL_EXTENSION_DATA_KMS_KEY: 'alias/mesh' };
  const { failures } = await renewExtensionData(run(env), await given.registered());
  expect(failures).toMatchObject([{ code: 'UPSTREAM_AUTH', retryable: false }]);
  expect(failures[0]?.message).toMatch(message);
  expect(failures[0]?.message).toMatch(/This is about (pay, mail|mail, pay)\./);
});
