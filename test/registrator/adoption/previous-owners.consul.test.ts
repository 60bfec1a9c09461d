import { beforeEach, describe, expect, it } from 'vitest';
import { readCatalog } from '../../support/consul/catalog.ts';
import { consulClient } from '../../support/consul/client.ts';
import { dyingBefore } from '../../support/consul/dying-consul.ts';
import { lambdaFields, owner, ownDefaults } from '../../support/registrator/lambda-pairs.ts';
import { fullSync, partsFor, runTask, syncOf } from '../../support/registrator/registrator.ts';
import { account, arnOf, region } from '../../support/aws/tag-world.ts';
import { useRegistrator } from '../../support/registrator/use-registrator.ts';

const given = useRegistrator();

const oldNode = 'lambdas';
const newNode = 'lambdas-2';
const newOwner = `${account}/${region}/${newNode}`;

/** Settings of a registrator that was given another node, another owner id, or both. */
const moved = { NODE_NAME: newNode, PREVIOUS_OWNER_IDS: owner };
const renamed = { OWNER_ID: 'team', PREVIOUS_OWNER_IDS: owner };
const both = { NODE_NAME: newNode, OWNER_ID: 'team', PREVIOUS_OWNER_IDS: owner };

/** Whose each service of a node is, by name. */
async function marks(node = oldNode): Promise<Record<string, string | undefined>> {
  const { services } = await readCatalog(given.server, node);
  return Object.fromEntries(
    Object.entries(services).map(([name, { Meta }]) => [name, Meta?.['registrator-owner']]),
  );
}

/** Whose each service-defaults entry is, by name. */
async function defaultsMarks(): Promise<Record<string, string | undefined>> {
  const { defaults } = await readCatalog(given.server);
  return Object.fromEntries(
    Object.entries(defaults).map(([name, { entry }]) => [name, entry.Meta?.['registrator-owner']]),
  );
}

/** On which nodes a service is. */
async function nodesOf(name: string): Promise<string[]> {
  const instances = (await given.server.ok('GET', `/v1/catalog/service/${name}`)) as { Node: string }[];
  return instances.map(({ Node }) => Node).toSorted();
}

beforeEach(async () => {
  for (const name of ['pay', 'mail']) given.world.set(name);
  await fullSync(given.parts);
});

describe('an owner id that is new', () => {
  it.each([
    ['the first', {}, renamed],
    ['another', { OWNER_ID: 'team' }, { OWNER_ID: 'crew', PREVIOUS_OWNER_IDS: 'older, team' }],
  ])('%s marks anew in place, aliases too, in one sync', async (_what, before, after) => {
    given.world.set('web', { enabled: 'true', aliases: 'prod' });
    await fullSync(given.parts);
    await fullSync(given.registrator({ ...renamed, ...before }));
    if (!('OWNER_ID' in before)) await fullSync(given.registrator({ PREVIOUS_OWNER_IDS: 'team' }));
    const report = await fullSync(given.registrator(after));
    expect(report).toMatchObject({
      complete: true,
      counts: { created: 0, updated: 4, deleted: 0, skipped: 0, failed: 0 },
    });
    expect(report.changes.map(({ action }) => action)).toEqual(['adopt', 'adopt', 'adopt', 'adopt']);
    const id = after.OWNER_ID;
    expect(await marks()).toEqual({ mail: id, pay: id, web: id, 'web-prod': id });
    expect(await defaultsMarks()).toEqual({ mail: id, pay: id, web: id, 'web-prod': id });
    given.watch();
    await fullSync(given.registrator({ OWNER_ID: id }));
    expect(given.writes()).toEqual([]);
  });

  it('is taken by an event for the function that it names', async () => {
    const report = await syncOf(given.registrator(renamed), 'pay');
    expect(report.changes).toMatchObject([{ action: 'adopt', service: 'pay' }]);
    expect(await marks()).toEqual({ mail: owner, pay: 'team' });
  });
});

describe('a node that is new', () => {
  it.each([
    ['by NODE_NAME alone', moved, newOwner],
    ['with a new OWNER_ID', both, 'team'],
  ])('%s gets all services in one sync', async (_what, env, mark) => {
    const report = await fullSync(given.registrator(env));
    expect(report).toMatchObject({
      complete: true,
      counts: { created: 0, updated: 2, deleted: 0, skipped: 0, failed: 0 },
    });
    expect(report.changes).toMatchObject([
      { action: 'adopt', reason: `taken over from node ${oldNode}` },
      { action: 'adopt', reason: `taken over from node ${oldNode}` },
    ]);
    expect(await marks()).toEqual({});
    expect(await marks(newNode)).toEqual({ mail: mark, pay: mark });
    expect(await defaultsMarks()).toEqual({ mail: mark, pay: mark });
    given.watch();
    await fullSync(given.registrator({ ...env, PREVIOUS_OWNER_IDS: '' }));
    expect(given.writes()).toEqual([]);
  });

  it('gets them where OWNER_ID stays, when that is among the previous ones', async () => {
    await fullSync(given.registrator(renamed));
    const parts = given.registrator({ OWNER_ID: 'team', NODE_NAME: newNode, PREVIOUS_OWNER_IDS: 'team' });
    expect(await fullSync(parts)).toMatchObject({
      counts: { created: 0, updated: 2, failed: 0 },
      changes: [{ action: 'adopt' }, { action: 'adopt' }],
    });
    expect(await nodesOf('pay')).toEqual([newNode]);
    expect(await marks()).toEqual({});
    given.watch();
    expect(await fullSync(parts)).toMatchObject({ counts: { unchanged: 2 } });
    expect(given.writes()).toEqual([]);
  });

  it('has each service before the other node loses it, and the mark on service-defaults goes last', async () => {
    const seen: string[] = [];
    given.watch(async (request) => {
      if (!request.startsWith('PUT')) return undefined;
      const defaults = await defaultsMarks();
      seen.push(`${(await nodesOf('pay')).join('+')} ${defaults['pay'] === owner ? 'old' : 'new'}`);
      return undefined;
    });
    await fullSync(given.registrator(moved));
    const states = seen.filter((state, at) => state !== seen[at - 1]);
    expect(states).toEqual([`${oldNode} old`, `${oldNode}+${newNode} old`, `${newNode} old`]);
    expect(await defaultsMarks()).toMatchObject({ pay: newOwner });
  });

  it('gets what an event names, and leaves the rest to be found by a full sync', async () => {
    expect(await syncOf(given.registrator(moved), 'pay')).toMatchObject({
      counts: { created: 0, updated: 1 },
      changes: [{ action: 'adopt', service: 'pay' }],
    });
    expect(await nodesOf('pay')).toEqual([newNode]);
    expect(await nodesOf('mail')).toEqual([oldNode]);
    await syncOf(given.registrator(moved), 'mail');
    await fullSync(given.registrator(moved));
    expect(await marks()).toEqual({});
    expect(await marks(newNode)).toEqual({ mail: newOwner, pay: newOwner });
  });

  it('clears up functions that ended meanwhile on the other node', async () => {
    given.world.remove('pay');
    given.world.set('mail', { enabled: 'false' });
    expect(await fullSync(given.registrator(moved))).toMatchObject({ counts: { deleted: 2, failed: 0 } });
    expect(await marks()).toEqual({});
    expect(await defaultsMarks()).toEqual({});
  });

  it('lets a limit of deletions refuse those, too', async () => {
    for (let index = 0; index < 6; index += 1) given.world.set(`fn-${index}`);
    await fullSync(given.parts);
    for (let index = 0; index < 6; index += 1) given.world.remove(`fn-${index}`);
    const parts = given.registrator(moved);
    expect(await fullSync(parts)).toMatchObject({
      complete: false,
      counts: { updated: 2, deleted: 0, skipped: 6 },
    });
    expect(Object.keys(await marks())).toHaveLength(6);
    expect(await runTask(parts, { kind: 'full', dryRun: false, allowDeletes: 6 })).toMatchObject({
      counts: { deleted: 6 },
    });
    expect(await marks()).toEqual({});
    expect(Object.keys(await defaultsMarks())).toEqual(['mail', 'pay']);
  });

  it('tells all of it in a dry run, and writes nothing', async () => {
    given.world.remove('mail');
    given.watch();
    const plan = await fullSync(given.registrator(moved), true);
    expect(plan.changes.map(({ action, service }) => `${action} ${service}`)).toEqual([
      'adopt pay',
      'delete mail',
    ]);
    expect(given.writes().filter((write) => write !== 'PUT /v1/config')).toEqual([]);
    expect(await marks()).toEqual({ mail: owner, pay: owner });
    const made = await fullSync(given.registrator(moved));
    expect(made.changes).toEqual(plan.changes);
  });

  it('is not filled with what is of others: other owners, accounts and strangers stay', async () => {
    const arn = arnOf('else').replace(account, '999999999999');
    const fields = lambdaFields(given.server, {
      arn,
      payloadPassthrough: false,
      invocationMode: 'synchronous',
    });
    const body = { Kind: 'service-defaults', Name: 'else', Protocol: 'http', ...fields };
    const marked = { ...body, Meta: { ...fields.Meta, 'registrator-owner': owner } };
    await given.server.ok('PUT', '/v1/config', marked);
    for (const [name, mark, named] of [
      ['else', owner, arn],
      ['theirs', 'another', arnOf('theirs')],
      ['db', undefined, undefined],
    ]) {
      const Meta = { ...(mark && { 'registrator-owner': mark }), ...(named && { 'lambda-arn': named }) };
      const Service = { ID: name, Service: name, Meta };
      await given.server.ok('PUT', '/v1/catalog/register', { Node: oldNode, SkipNodeUpdate: true, Service });
    }
    await fullSync(given.registrator(moved));
    expect(await marks()).toEqual({ else: owner, theirs: 'another', db: undefined });
    expect(await marks(newNode)).toEqual({ mail: newOwner, pay: newOwner });
    expect(await defaultsMarks()).toMatchObject({ else: owner });
  });

  it('takes from several nodes of several owners', async () => {
    await fullSync(given.registrator({ NODE_NAME: 'third', OWNER_ID: 'third', SERVICE_PREFIX: 'eu-' }));
    const parts = given.registrator({ ...both, SERVICE_PREFIX: 'eu-', PREVIOUS_OWNER_IDS: `${owner},third` });
    const report = await fullSync(parts);
    expect(report.counts).toMatchObject({ updated: 2, deleted: 2, failed: 0 });
    expect(await marks()).toEqual({});
    expect(await marks('third')).toEqual({});
    expect(await marks(newNode)).toEqual({ 'eu-mail': 'team', 'eu-pay': 'team' });
  });
});

describe('a death while services move', () => {
  it('before any single write is healed by the next sync', async () => {
    const consul = consulClient(given.server);
    const life = (target = consul) => partsFor(target, given.world.functions, { env: both });
    let deaths = 0;
    for (let survived = false; !survived;) {
      given.world.set('ended');
      for (const node of [oldNode, newNode])
        await given.server.ok('PUT', '/v1/catalog/deregister', { Node: node });
      for (const name of Object.keys(await defaultsMarks()))
        await given.server.ok('DELETE', `/v1/config/service-defaults/${name}`);
      await fullSync(partsFor(consul, given.world.functions));
      given.world.remove('ended');
      const mortal = dyingBefore(consul, deaths);
      await Promise.allSettled([fullSync(life(mortal.consul))]);
      expect(await nodesOf('pay')).not.toEqual([]);
      const repair = await fullSync(life());
      expect({ deaths, failures: repair.failures }).toEqual({ deaths, failures: [] });
      expect(await marks()).toEqual({});
      expect(await marks(newNode)).toEqual({ mail: 'team', pay: 'team' });
      expect(await defaultsMarks()).toEqual({ mail: 'team', pay: 'team' });
      survived = !mortal.died();
      if (!survived) deaths += 1;
    }
    consul.close();
    expect(deaths).toBeGreaterThanOrEqual(8);
  });
});

describe('without PREVIOUS_OWNER_IDS', () => {
  it.each([
    ['a mark of our account and region', { OWNER_ID: 'team' }, owner],
    ['a mark of that kind on another node', { NODE_NAME: newNode }, owner],
  ])('%s is a conflict that names the setting', async (_what, env, mark) => {
    for (const sync of [fullSync(given.registrator(env)), syncOf(given.registrator(env), 'mail', 'pay')]) {
      const { skips, counts } = await sync;
      expect(counts).toMatchObject({ created: 0, updated: 0, deleted: 0, skipped: 2 });
      expect(skips).toMatchObject([
        {
          service: 'mail',
          reason: 'conflict',
          hint: expect.stringContaining(`add ${mark} to PREVIOUS_OWNER_IDS`),
        },
        { service: 'pay', reason: 'conflict' },
      ]);
    }
    expect(await marks()).toEqual({ mail: owner, pay: owner });
  });

  it('any mark on exactly our ARN is one, too, and any other mark is somebody else’s', async () => {
    for (const name of ['pay', 'mail']) given.world.remove(name);
    await fullSync(given.parts);
    given.world.set('pay');
    await fullSync(given.registrator({ OWNER_ID: 'another' }));
    const entry = ownDefaults(given.server, 'mail', { arn: arnOf('post') });
    await given.server.ok('PUT', '/v1/config', {
      ...entry,
      Meta: { ...entry.Meta, 'registrator-owner': 'another' },
    });
    given.world.set('mail');
    const { skips } = await fullSync(given.parts);
    expect(skips).toMatchObject([
      { service: 'mail', reason: 'conflict', hint: expect.not.stringContaining('PREVIOUS_OWNER_IDS') },
      {
        service: 'pay',
        reason: 'conflict',
        hint: expect.stringContaining('add another to PREVIOUS_OWNER_IDS'),
      },
    ]);
  });
});
