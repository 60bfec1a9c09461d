import { expect, it } from 'vitest';
import { registerForeign } from '../../support/registrator/lambda-pairs.ts';
import { arnOf } from '../../support/aws/tag-world.ts';
import { fullSync, syncOf } from '../../support/registrator/registrator.ts';
import type { Registrator } from '../../../src/registrator/run.ts';
import type { Report } from '../../../src/registrator/model/report.ts';
import { useFederation } from '../../support/places/use-federation.ts';

const given = useFederation();

const in1 = { enabled: 'true', datacenter: 'dc1' };
const in2 = { enabled: 'true', datacenter: 'dc2' };
const namesIn = async (datacenter: string) => Object.keys((await given.at(datacenter)).services);
const entries = async () => Object.keys((await given.at('dc1')).defaults);
const changesOf = ({ changes }: Report) => changes.map(({ action, service }) => `${action} ${service}`);

/** Until a full sync of each changes nothing; never for ever. */
async function settle(...all: Registrator[]): Promise<Report[]> {
  for (const _round of [1, 2, 3]) for (const one of all) await fullSync(one);
  await given.federation.replicated('service-defaults', 'any');
  const last: Report[] = [];
  for (const one of all) last.push(await fullSync(one));
  expect(last.flatMap(changesOf)).toEqual([]);
  expect(last.flatMap(({ failures }) => failures)).toEqual([]);
  return last;
}

let dc1: Registrator;
let dc2: Registrator;

it('two restricted ones of one owner leave each other alone, also when a tag moves', async () => {
  dc1 = given.registrator({ DATACENTER: 'dc1' }, 'dc1');
  dc2 = given.registrator({ DATACENTER: 'DC2' }, 'dc2');
  given.world.set('a', in1);
  given.world.set('b', in2);
  given.world.set('both');
  await settle(dc1, dc2);
  expect(await namesIn('dc1')).toEqual(['a', 'both']);
  expect(await namesIn('dc2')).toEqual(['b', 'both']);
  expect(await entries()).toEqual(['a', 'b', 'both']);
  expect((await given.at('dc2')).services['b']?.Meta).not.toHaveProperty('registrator-home');

  given.world.set('a', in2);
  given.world.set('b', in1);
  const gone = await fullSync(dc1);
  expect(gone).toMatchObject({ failures: [], warnings: [] });
  expect(changesOf(gone)).toEqual(['create b', 'delete a']);
  expect(gone.skips).toMatchObject([{ service: 'a', reason: 'other-datacenter' }]);
  expect(await entries()).toEqual(['a', 'b', 'both']);
  expect(changesOf(await syncOf(dc2, 'a', 'b'))).toEqual(['create a', 'delete b']);
  expect(await entries()).toEqual(['a', 'b', 'both']);
  expect(await namesIn('dc1')).toEqual(['b', 'both']);
  expect(await namesIn('dc2')).toEqual(['a', 'both']);

  for (const name of ['a', 'b', 'both']) given.world.remove(name);
  expect(changesOf(await fullSync(dc1)).toSorted()).toEqual(['delete b', 'delete both']);
  expect(await entries()).toEqual(['a', 'both']);
  await given.federation.replicated('service-defaults', 'b');
  expect(changesOf(await fullSync(dc2)).toSorted()).toEqual(['delete a', 'delete both']);
  expect(await entries()).toEqual([]);
});

it('two unrestricted ones of one owner, one beside each, do not fight', async () => {
  dc1 = given.registrator({}, 'dc1');
  dc2 = given.registrator({}, 'dc2');
  given.world.set('any');
  given.world.set('a', in1);
  given.world.set('b', in2);
  await settle(dc1, dc2);
  expect(await namesIn('dc1')).toEqual(['a', 'any']);
  expect(await namesIn('dc2')).toEqual(['any', 'b']);
  expect((await given.at('dc2')).services['b']?.Meta).toMatchObject({ 'registrator-home': 'dc1' });

  // Drift of what another one keeps is that one's to repair.
  given.world.set('b', { ...in2, 'service-tags': 'blue' });
  expect(changesOf(await fullSync(dc2))).toEqual([]);
  expect(changesOf(await fullSync(dc1))).toEqual(['update b']);

  given.world.set('b', in1);
  given.world.set('a', in2);
  await settle(dc2, dc1);
  expect(await namesIn('dc1')).toEqual(['any', 'b']);
  expect(await namesIn('dc2')).toEqual(['a', 'any']);

  // Once it is not enabled, home may remove it, too.
  given.world.set('b', { ...in1, enabled: 'false' });
  given.world.set('a', { ...in2, enabled: 'false' });
  await fullSync(dc2);
  expect(await namesIn('dc2')).toEqual(['any']);
  await settle(dc1, dc2);
  expect(await namesIn('dc1')).toEqual(['any']);
  expect(await entries()).toEqual(['any']);
});

it('reaches the datacenter of DATACENTER through a server of another', async () => {
  const far = given.registrator({ DATACENTER: 'dc2' }, 'dc1');
  given.world.set('pay');
  given.world.set('here', in1);
  expect(await fullSync(far)).toMatchObject({
    changes: [{ action: 'create', service: 'pay' }],
    skips: [{ service: 'here', reason: 'other-datacenter' }],
    failures: [],
    warnings: [],
  });
  expect(await namesIn('dc1')).toEqual([]);
  expect((await given.at('dc2')).services['pay']?.Meta).not.toHaveProperty('registrator-home');
  given.world.set('pay', { enabled: 'true', 'service-tags': 'blue' });
  expect(changesOf(await syncOf(far, 'pay'))).toEqual(['update pay']);
  given.world.remove('pay');
  expect(changesOf(await fullSync(far))).toEqual(['delete pay']);
  expect(await namesIn('dc2')).toEqual([]);
  expect(await entries()).toEqual([]);
  const lost = given.registrator({ DATACENTER: 'dc9' });
  given.watch('dc1');
  await expect(fullSync(lost)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('DATACENTER is dc9') as string,
  });
  expect(given.writes('dc1')).toEqual([]);
});

it('leaves a name that two datacenters claim to the function that holds it', async () => {
  const parts = given.registrator();
  const named = (tags: Record<string, string>) => ({ ...tags, 'service-name': 'pay' });
  given.world.set('z', named(in2));
  await fullSync(parts);
  given.world.set('a', named(in1));
  given.world.set('b', named({ enabled: 'true' }));
  for (const run of [() => fullSync(parts), () => syncOf(parts, 'a', 'b', 'z')]) {
    const report = await run();
    expect(report).toMatchObject({ changes: [], failures: [], counts: { unchanged: 1 } });
    expect(report.skips.map(({ arn, reason }) => `${reason} ${arn}`).toSorted()).toEqual([
      `collision ${arnOf('a')}`,
      `collision ${arnOf('b')}`,
    ]);
  }
  // An event that tells of the late ones alone.
  const late = await syncOf(parts, 'a');
  expect(late).toMatchObject({ changes: [], failures: [], skips: [{ arn: arnOf('a') }] });
  expect(await namesIn('dc1')).toEqual([]);
  expect((await given.at('dc1')).defaults).toMatchObject({ pay: { arn: arnOf('z') } });
  given.world.remove('z');
  await fullSync(parts);
  await fullSync(parts);
  expect(await namesIn('dc1')).toEqual(['pay']);
  expect(await namesIn('dc2')).toEqual([]);
  expect((await given.at('dc1')).defaults).toMatchObject({ pay: { arn: arnOf('a') } });
  expect((await fullSync(parts)).changes).toEqual([]);
});

it('takes no name that a stranger uses in another datacenter', async () => {
  const parts = given.registrator();
  await registerForeign(given.server('dc2'), 'Pay');
  await registerForeign(given.server('dc1'), 'mail');
  given.world.set('pay');
  given.world.set('mail', in2);
  for (const run of [() => fullSync(parts), () => syncOf(parts, 'pay', 'mail')]) {
    const report = await run();
    expect(report).toMatchObject({ changes: [], failures: [], warnings: [] });
    expect(report.skips.map(({ service, reason }) => `${reason} ${service}`).toSorted()).toEqual([
      'conflict mail',
      'conflict pay',
    ]);
  }
  expect(await entries()).toEqual([]);

  // What is registered here already stays while the name is a stranger's there.
  given.world.set('moves');
  await fullSync(parts);
  await registerForeign(given.server('dc2'), 'moves', { node: 'vm-2' });
  given.world.set('moves', in2);
  for (const run of [() => fullSync(parts), () => syncOf(parts, 'moves')]) {
    const { changes, skips } = await run();
    expect(changes).toEqual([]);
    expect(skips).toContainEqual(expect.objectContaining({ service: 'moves', reason: 'conflict' }));
    expect(await namesIn('dc1')).toContain('moves');
  }
  given.world.remove('moves');
  await fullSync(parts);

  await given.server('dc2').ok('PUT', '/v1/catalog/deregister', { Node: 'vm-1' });
  await given.server('dc1').ok('PUT', '/v1/catalog/deregister', { Node: 'vm-1' });
  expect(changesOf(await fullSync(parts)).toSorted()).toEqual(['create mail', 'create pay']);
});

it('keeps service-defaults while another datacenter has an instance of the name', async () => {
  const parts = given.registrator();
  given.world.set('pay');
  await fullSync(parts);
  await registerForeign(given.server('dc2'), 'pay');
  given.world.remove('pay');
  for (const _again of [1, 2]) {
    await fullSync(parts);
    expect(await namesIn('dc1')).toEqual([]);
    expect(await entries()).toEqual(['pay']);
  }
  await given.server('dc2').ok('PUT', '/v1/catalog/deregister', { Node: 'vm-1' });
  expect(changesOf(await fullSync(parts))).toEqual(['delete pay']);
  expect(await entries()).toEqual([]);
});
