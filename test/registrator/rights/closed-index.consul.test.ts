import { expect, it } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { readCatalog } from '../../support/consul/catalog.ts';
import { fullSync } from '../../support/registrator/registrator.ts';
import { arnOf } from '../../support/aws/tag-world.ts';
import { useRegistrator } from '../../support/registrator/use-registrator.ts';

const given = useRegistrator();

const denied = new AppError('UPSTREAM_AUTH', 'AWS denied tag:GetResources: grant tag:GetResources.');

/** A registrator that may not ask the index, and may list functions as `listAll` says. */
function withoutIndex(listAll?: typeof given.parts.functions.listAll): typeof given.parts {
  const functions = {
    ...given.world.functions,
    listTagged: () => Promise.reject(denied),
    ...(listAll && { listAll }),
  };
  return { ...given.parts, functions };
}

const services = async (): Promise<string[]> => Object.keys((await readCatalog(given.server)).services);

it('reads every function where the index may not be asked', async () => {
  given.world.set('pay');
  given.world.set('plain', {});
  expect(await fullSync(withoutIndex())).toMatchObject({
    complete: true,
    failures: [],
    counts: { created: 1 },
  });
  given.world.remove('pay');
  expect((await fullSync(withoutIndex())).counts).toMatchObject({ deleted: 1, failed: 0 });
  expect(await services()).toEqual([]);
});

it('registers what it could list, and deletes nothing, when that listing ends early', async () => {
  given.world.set('gone');
  await fullSync(given.parts);
  given.world.remove('gone');
  given.world.set('pay');
  const failure = new AppError('UPSTREAM_THROTTLED', 'AWS throttled lambda:ListFunctions.');
  const report = await fullSync(withoutIndex(async () => ({ items: [arnOf('pay')], failure })));
  expect(report).toMatchObject({ complete: false, counts: { created: 1, deleted: 0 } });
  expect(report.failures).toMatchObject([{ code: 'UPSTREAM_THROTTLED' }]);
  expect((await services()).toSorted()).toEqual(['gone', 'pay']);
});

it('names tag:GetResources where functions may not be listed either', async () => {
  const failure = new AppError('UPSTREAM_AUTH', 'AWS denied lambda:ListFunctions.');
  const report = await fullSync(withoutIndex(async () => ({ items: [], failure })));
  expect(report).toMatchObject({ complete: false, failures: [{ message: denied.message }] });
});

it('is complete for an account without functions', async () => {
  expect(await fullSync(withoutIndex())).toMatchObject({ complete: true, failures: [] });
});

it('says how many functions it could read in time, and deletes none of the others', async () => {
  given.world.set('pay');
  given.world.set('mail');
  await fullSync(given.parts);
  given.world.remove('mail');
  const parts = withoutIndex(async () => ({ items: [arnOf('pay'), arnOf('mail')], failure: undefined }));
  const tooLate = new AppError('DEADLINE_EXCEEDED', 'No time left for lambda:ListTags.');
  const { functions } = given.world;
  parts.functions.tagsOf = (arn, deadline) =>
    arn === arnOf('mail') ? Promise.reject(tooLate) : functions.tagsOf(arn, deadline);
  const report = await fullSync(parts);
  expect(report).toMatchObject({ complete: false, counts: { unchanged: 1, deleted: 0 } });
  expect(report.failures).toMatchObject([
    { code: 'UPSTREAM_AUTH', message: expect.stringMatching(/^Only 1 of 2 .*Grant tag:GetResources/) },
  ]);
  expect((await services()).toSorted()).toEqual(['mail', 'pay']);
});
