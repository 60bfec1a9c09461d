import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { AppError } from '../../../src/core/errors.ts';
import { leafMetaKeys, metaKeys } from '../../../src/lambda-service/service.ts';
import { renewExtensionData } from '../../../src/registrator/extension-data/renew.ts';
import { certificatesIn, rotateRoot } from '../../support/consul/connect.ts';
import { leafMetaOf, node, pathOf, useExtensionData } from '../../support/registrator/extension-data.ts';
import { arnOf } from '../../support/aws/tag-world.ts';

const given = useExtensionData();
const day = 86_400_000;

interface Stored {
  privateKeyPEM: string;
  certPEM: string;
  rootCertPEM: string;
  trustDomain: string;
}

function stored(functionName: string): Stored {
  return JSON.parse(given.world.values.get(pathOf(functionName))?.reveal() ?? '{}') as Stored;
}

async function renew(...setting: Parameters<typeof given.run>) {
  given.world.calls.length = 0;
  given.front.requests.length = 0;
  return renewExtensionData(given.run(...setting), await given.registered());
}

const leafReads = (): string[] => given.front.requests.filter((request) => request.includes('/ca/leaf/'));

/** A time at which the slice of a full sync is that of the first function. */
const firstSlice = Math.floor(Date.now() / (60 * 60_000)) * 60 * 60_000;

describe('extension data', () => {
  it('is a leaf of the service, its key and the roots that signed it, and Meta says what was written', async () => {
    await given.register('pay', 'payments');
    const report = await renew();
    expect(report).toMatchObject({
      failures: [],
      warnings: [],
      changes: [{ action: 'update', service: 'payments', arn: arnOf('pay'), fields: ['extension-data'] }],
    });
    const { certPEM, privateKeyPEM, rootCertPEM, trustDomain } = stored('pay');
    const leaf = new X509Certificate(certPEM);
    const [root] = certificatesIn(rootCertPEM);
    expect(root && leaf.verify(root.publicKey)).toBe(true);
    expect(leaf.subjectAltName).toBe(`URI:spiffe://${trustDomain}/ns/default/dc/dc1/svc/payments`);
    expect(privateKeyPEM).toContain('PRIVATE KEY');
    const service = await given.service('payments');
    const [from, to] = [leaf.validFrom, leaf.validTo].map((time) => Date.parse(time) / 1000);
    expect(leafMetaOf(service)).toEqual({
      [leafMetaKeys.renew]: String(((from ?? 0) + (to ?? 0)) / 2),
      [leafMetaKeys.expires]: String(to),
      [leafMetaKeys.roots]: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      [leafMetaKeys.parameter]: pathOf('pay'),
    });
    expect(service).toMatchObject({
      Tags: ['blue'],
      Meta: { [metaKeys.arn]: arnOf('pay'), owner: 'somebody' },
    });
    expect(JSON.stringify([report, service])).not.toMatch(/PRIVATE KEY|BEGIN/);
  });

  it('that is as it should be costs one read of the roots, and a look only in its slice', async () => {
    await given.register('pay');
    await renew();
    expect(await renew({ now: firstSlice + 5 * 60_000 })).toEqual({
      changes: [],
      failures: [],
      warnings: [],
    });
    expect(given.world.calls).toEqual([]);
    expect(given.front.requests.filter((request) => !request.includes('/catalog/'))).toEqual([
      'GET /v1/agent/connect/ca/roots',
    ]);
    await renew({ now: firstSlice });
    expect(given.world.calls).toEqual([`values ${pathOf('pay')}`]);
    expect(leafReads()).toEqual([]);
  });

  it.each([
    ['missing', () => given.world.values.delete(pathOf('pay'))],
    [
      "another function's",
      () => given.world.values.set(pathOf('pay'), given.world.values.get(pathOf('mail')) ?? new Secret('')),
    ],
  ])('is written again when a look finds it %s', async (_what, damage) => {
    await given.register('pay');
    await given.register('mail');
    await renew();
    const before = stored('pay');
    damage();
    const sorted = [arnOf('mail'), arnOf('pay')].indexOf(arnOf('pay'));
    const { changes } = await renew({ now: firstSlice + sorted * 5 * 60_000 });
    expect(changes).toMatchObject([{ service: 'pay' }]);
    expect(stored('pay')).toEqual(before);
  });

  it('is asked for from half of its life on, and written when the agent gives another leaf', async () => {
    await given.register('pay');
    await renew();
    const before = stored('pay');
    const later = Date.now() + day;
    expect(await renew({ now: later })).toMatchObject({ changes: [] });
    expect(leafReads()).toHaveLength(1);
    expect(given.world.calls.filter((call) => call.startsWith('put'))).toEqual([]);
    given.world.values.clear();
    const slice = firstSlice + 24 * 60 * 60_000;
    expect(await renew({ now: slice })).toMatchObject({ changes: [{ service: 'pay' }] });
    expect(stored('pay')).toEqual(before);
    // As if the leaf that was written had been an earlier one.
    const service = await given.service('pay');
    const Meta = { ...service.Meta, [leafMetaKeys.expires]: '1700000000' };
    await given.server.ok('PUT', '/v1/catalog/register', {
      Node: node,
      Address: '127.0.0.1',
      SkipNodeUpdate: true,
      Service: { ID: 'pay', Service: 'pay', Meta },
    });
    expect(await renew({ now: later, isFull: false })).toMatchObject({ changes: [] });
    expect(await renew({ now: later, dryRun: true })).toMatchObject({ changes: [{ service: 'pay' }] });
    expect(given.world.calls).toEqual([]);
    expect(await renew({ now: later })).toMatchObject({ changes: [{ service: 'pay' }] });
    expect(stored('pay')).toEqual(before);
  });

  it('is written again with all roots, the active one first, once another signs', async () => {
    await given.register('pay');
    await renew();
    const before = stored('pay');
    await rotateRoot(given.server, { LeafCertTTL: '1h' });
    expect(await renew({ isFull: false })).toMatchObject({ changes: [] });
    expect(await renew()).toMatchObject({ changes: [{ service: 'pay' }], failures: [] });
    const after = certificatesIn(stored('pay').rootCertPEM);
    const former = certificatesIn(before.rootCertPEM);
    expect(after.slice(1).map(String).toSorted()).toEqual(former.map(String).toSorted());
    const leaf = new X509Certificate(stored('pay').certPEM);
    expect(after.some((root) => leaf.verify(root.publicKey))).toBe(true);
    expect(await renew({ now: firstSlice + 5 * 60_000 })).toMatchObject({ changes: [] });
  });

  it('follows a changed prefix in a full sync, and leaves nothing under the old one', async () => {
    await given.register('pay');
    await renew();
    const env = { CONSUL_EXTENSION_DATA_PREFIX: 'mesh/data/' };
    expect(await renew({ env, isFull: false })).toMatchObject({ changes: [] });
    expect(await renew({ env })).toMatchObject({ changes: [{ service: 'pay' }], failures: [] });
    expect([...given.world.values.keys()]).toEqual([pathOf('pay', '/mesh/data')]);
    expect(leafMetaOf(await given.service('pay'))).toMatchObject({
      [leafMetaKeys.parameter]: pathOf('pay', '/mesh/data'),
    });
  });

  it('goes on when the old parameter may not be removed, and says so once', async () => {
    await given.register('pay');
    await given.register('mail');
    await renew();
    given.world.before = (call) => {
      const details = { action: 'ssm:DeleteParameter' };
      if (call.startsWith('remove'))
        throw new AppError('UPSTREAM_AUTH', 'grant ssm:DeleteParameter.', { details });
    };
    const report = await renew({ env: { CONSUL_EXTENSION_DATA_PREFIX: '/mesh' } });
    expect(report.changes).toHaveLength(2);
    expect(report.failures).toMatchObject([{ code: 'UPSTREAM_AUTH', retryable: false }]);
    expect(report.failures[0]?.message).toMatch(/ssm:DeleteParameter.*left behind/);
    expect(await renew({ env: { CONSUL_EXTENSION_DATA_PREFIX: '/mesh' } })).toMatchObject({ failures: [] });
  });

  it('is written by an event for what has none, and by a dry run not at all', async () => {
    await given.register('pay');
    expect(await renew({ dryRun: true })).toMatchObject({ changes: [{ service: 'pay' }] });
    expect([given.world.calls, leafReads()]).toEqual([[], []]);
    expect(await renew({ isFull: false })).toMatchObject({ changes: [{ service: 'pay' }] });
    expect(given.world.values.size).toBe(1);
  });

  it('is nothing without a prefix', async () => {
    await given.register('pay');
    await renew();
    expect(await renew({ env: { CONSUL_EXTENSION_DATA_PREFIX: '' } })).toEqual({
      changes: [],
      failures: [],
      warnings: [],
    });
    expect(given.world.values.size).toBe(1);
  });

  it('that was permitted to nobody is one failure', async () => {
    for (let at = 0; at < 20; at += 1) await given.register(`f${at}`);
    const details = { action: 'ssm:PutParameter' };
    given.world.before = () => {
      throw new AppError('UPSTREAM_AUTH', 'AWS denied it: grant ssm:PutParameter.', { details });
    };
    const { changes, failures } = await renew();
    expect(changes).toEqual([]);
    expect(failures).toMatchObject([{ code: 'UPSTREAM_AUTH' }]);
    expect(failures[0]?.message).toMatch(/grant ssm:PutParameter.*and 15 more/);
    expect(given.world.calls.length).toBeLessThan(10);
  });

  it('that did not fit the time left is one failure that may pass', async () => {
    for (let at = 0; at < 9; at += 1) await given.register(`f${at}`);
    given.world.before = () => {
      if (given.world.calls.length > 3) throw new AppError('DEADLINE_EXCEEDED', 'No time left.');
    };
    const { changes, failures } = await renew();
    expect(changes).toHaveLength(3);
    expect(failures).toMatchObject([{ code: 'WORK_LEFT', retryable: true }]);
    given.world.before = () => {};
    expect((await renew()).changes).toHaveLength(6);
  });
});
