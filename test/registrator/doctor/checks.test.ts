import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { Secret } from '../../../src/core/secret.ts';
import type { Right } from '../../../src/consul/inspection.ts';
import {
  allChecks,
  deniedAction,
  finding,
  nodeWith,
  noon,
  rejecting,
} from '../../support/registrator/doctor.ts';
import { emptyReport, failure, skip } from '../../support/registrator/reports.ts';
import { arnOf, createTagWorld } from '../../support/aws/tag-world.ts';

const away = new AppError('UPSTREAM_UNAVAILABLE', 'Nobody answers.');
const refused = new AppError('UPSTREAM_AUTH', 'Permission denied.');
const worldOf = (functions: object) => ({ ...createTagWorld().functions, ...functions });
const day = 86_400_000;

it('finds nothing wrong where nothing is', async () => {
  const checks = await allChecks();
  expect(checks.filter(({ status }) => status !== 'ok')).toEqual([]);
  expect(checks.every(({ remedy }) => remedy === '')).toBe(true);
  expect(new Set(checks.map(({ name }) => name)).size).toBe(checks.length);
});

it('tells what to do of everything that is not ok', async () => {
  const checks = await allChecks({
    functions: worldOf({
      listTagged: rejecting(deniedAction('tag:GetResources')),
      tagsOf: rejecting(refused),
    }),
    serverDate: () => Promise.resolve(undefined),
    consul: { permission: () => Promise.resolve('denied'), version: () => Promise.resolve('1.22.0') },
  });
  const unwell = checks.filter(({ status }) => status !== 'ok');
  expect(unwell.length).toBeGreaterThan(4);
  expect(unwell.filter(({ remedy, found }) => remedy === '' || found === '')).toEqual([]);
});

it('does not look at what rests on something that failed', async () => {
  const checks = await allChecks({ consul: { greet: rejecting(away) } });
  const failed = checks.filter(({ status }) => status === 'FAIL');
  expect(failed.map(({ name, found }) => [name, found])).toEqual([['Consul', 'Nobody answers.']]);
  const skipped = checks.filter(({ status }) => status === 'skip');
  expect(skipped.map(({ name }) => name)).toContain('functions');
  expect(new Set(skipped.map(({ found }) => found))).toEqual(new Set(['Consul cannot be reached.']));
});

it('goes on with Consul where AWS cannot be asked', async () => {
  const checks = await allChecks({ caller: { identity: rejecting(refused) } });
  const of = (name: string) => checks.find((check) => check.name === name)?.status;
  expect(of('AWS identity')).toBe('FAIL');
  expect(of('tag:GetResources')).toBe('skip');
  expect(of('NODE_NAME')).toBe('ok');
  expect(of('functions')).toBe('skip');
});

describe('AWS', () => {
  it('warns where the tagging index is closed, and fails where every way is', async () => {
    const closed = { listTagged: rejecting(deniedAction('tag:GetResources')) };
    const listAll = () => Promise.resolve({ items: [arnOf('a')], failure: undefined });
    expect(await finding('tag:GetResources', { functions: worldOf({ ...closed, listAll }) })).toMatchObject({
      status: 'warn',
      remedy: expect.stringContaining('Grant tag:GetResources'),
    });
    const none = () => Promise.resolve({ items: [], failure: deniedAction('lambda:ListFunctions') });
    expect(
      await finding('tag:GetResources', { functions: worldOf({ ...closed, listAll: none }) }),
    ).toMatchObject({ status: 'FAIL' });
  });

  it('fails where the listing ends early', async () => {
    const listTagged = () => Promise.resolve({ items: [], failure: away });
    expect(await finding('tag:GetResources', { functions: worldOf({ listTagged }) })).toMatchObject({
      status: 'FAIL',
    });
  });

  it('reads the tags of a function, where there is one', async () => {
    expect(await finding('lambda:ListTags', { functions: createTagWorld().functions })).toMatchObject({
      status: 'skip',
    });
    const items = [{ arn: arnOf('a'), tags: {} }];
    const listTagged = () => Promise.resolve({ items, failure: undefined });
    const tagsOf = rejecting(deniedAction('lambda:ListTags'));
    expect(await finding('lambda:ListTags', { functions: worldOf({ listTagged, tagsOf }) })).toMatchObject({
      status: 'FAIL',
      remedy: 'Grant lambda:ListTags to the role or user in use.',
    });
  });

  it('fails where the token or the CA cannot be read, and shows neither', async () => {
    const env = { CONSUL_HTTP_TOKEN_PATH: '/consul/token', CONSUL_CACERT_PATH: '/consul/ca' };
    const value = () => Promise.resolve(new Secret('top-secret'));
    const fine = await finding('parameters', { env, parameters: { value } });
    expect(fine).toEqual({
      name: 'parameters',
      status: 'ok',
      found: '/consul/token and /consul/ca can be read',
      remedy: '',
    });
    const parameters = { value: rejecting(deniedAction('ssm:GetParameter')) };
    expect(await finding('parameters', { env, parameters })).toMatchObject({
      status: 'FAIL',
      remedy: 'Grant ssm:GetParameter to the role or user in use.',
    });
  });

  it('takes a missing parameter below the prefix for one that may be read', async () => {
    const env = { CONSUL_EXTENSION_DATA_PREFIX: '/consul/lambda' };
    const missing = { value: rejecting(new AppError('NOT_FOUND', 'none')) };
    expect(await finding('extension parameters', { env, parameters: missing })).toMatchObject({
      status: 'ok',
    });
    const denied = { value: rejecting(deniedAction('ssm:GetParameter')) };
    expect(await finding('extension parameters', { env, parameters: denied })).toMatchObject({
      status: 'FAIL',
    });
  });
});

describe('clocks', () => {
  it.each([
    [0, 'ok'],
    [-59_000, 'ok'],
    [62_000, 'warn'],
    [-62_000, 'warn'],
  ])('of AWS and Consul that differ by %i ms are %s', async (ms, status) => {
    const date = noon + ms;
    expect(await finding('AWS clock', { serverDate: () => Promise.resolve(date) })).toMatchObject({ status });
    const greet = () => Promise.resolve({ hasLeader: true, date });
    expect(await finding('Consul clock', { consul: { greet } })).toMatchObject({ status });
  });

  it('that nobody tells are skipped', async () => {
    const serverDate = () => Promise.resolve(undefined);
    expect(await finding('AWS clock', { serverDate })).toMatchObject({ status: 'skip' });
  });
});

describe('Consul', () => {
  it('without a leader fails', async () => {
    const greet = () => Promise.resolve({ hasLeader: false, date: noon });
    expect(await finding('Consul', { consul: { greet } })).toMatchObject({ status: 'FAIL' });
  });

  it.each([
    [14.5 * day, 'ok', 'ends in 14 days'],
    [13.5 * day, 'warn', 'ends in 13 days'],
    [-1.5 * day, 'warn', 'ended 2 days ago'],
  ])('with a certificate that ends in %d ms is %s', async (ms, status, found) => {
    const certificateEnd = () => Promise.resolve(noon + ms);
    expect(await finding('Consul certificate', { consul: { certificateEnd } })).toMatchObject({
      status,
      found,
    });
  });

  it('with a certificate that nobody verifies is warned of, and without one skipped', async () => {
    const env = { CONSUL_HTTP_SSL_VERIFY: 'false' };
    expect(await finding('Consul certificate', { env })).toMatchObject({ status: 'warn' });
    const certificateEnd = () => Promise.resolve(undefined);
    expect(await finding('Consul certificate', { consul: { certificateEnd } })).toMatchObject({
      status: 'skip',
    });
  });

  it.each([
    ['1.22.0', 'auto', 'ok'],
    ['1.14.0', 'auto', 'ok'],
    ['1.22.0', 'meta', 'FAIL'],
    ['1.14.0', 'envoy-extension', 'FAIL'],
  ])('of version %s with the format %s is %s', async (told, format, status) => {
    const consul = { version: () => Promise.resolve(told) };
    const env = { SERVICE_DEFAULTS_FORMAT: format };
    expect(await finding('Consul version', { consul, env })).toMatchObject({ status });
  });

  it('that hides our node fails, and so does a real agent of its name', async () => {
    const hints = { filtered: true, defaultPolicy: 'deny' as const, anonymous: false };
    const hidden = () => Promise.resolve({ node: undefined, services: [], ...hints });
    expect(await finding('NODE_NAME', { consul: { nodeServices: hidden } })).toMatchObject({
      status: 'FAIL',
      remedy: 'Add node "lambdas" { policy = "write" } to its policy.',
    });
  });
});

describe('the policy', () => {
  const rules = [
    ['ACL node write', 'node "lambdas" { policy = "write" }'],
    ['ACL node read', 'node_prefix "" { policy = "read" }'],
    ['ACL service write', 'service_prefix "fn-" { policy = "write" }'],
    ['ACL mesh write', 'mesh = "write"'],
    ['ACL gateway read', 'service "exit" { policy = "read" }'],
  ] as const;
  const env = { SERVICE_PREFIX: 'fn-', TERMINATING_GATEWAY: 'exit' };

  it.each(rules)('names the rule that is missing for %s', async (name, rule) => {
    const of = (permission: 'denied' | 'off' | 'untold') => ({
      env,
      consul: { permission: () => Promise.resolve(permission) },
    });
    const remedy = `Add ${rule} to the policy of the token.`;
    expect(await finding(name, of('denied'))).toMatchObject({ status: 'FAIL', remedy });
    expect(await finding(name, of('untold'))).toMatchObject({ status: 'skip', remedy });
    expect(await finding(name, of('off'))).toMatchObject({ status: 'ok' });
  });

  it('asks for the names that matter', async () => {
    const asked: Right[] = [];
    const permission = (_place: object, right: Right) => {
      asked.push(right);
      return Promise.resolve('granted' as const);
    };
    await allChecks({ env, consul: { permission } });
    expect(asked).toEqual([
      { resource: 'node', access: 'write', name: 'lambdas' },
      { resource: 'node', access: 'read', name: 'lambda-registrator-probe' },
      { resource: 'service', access: 'write', name: 'fn-lambda-registrator-probe' },
      { resource: 'mesh', access: 'write' },
      { resource: 'service', access: 'read', name: 'exit' },
    ]);
  });

  it('does without node write where the node is there, and without mesh write where operator write is', async () => {
    const denying = (resource: string) => ({
      permission: (_place: object, right: Right) =>
        Promise.resolve(right.resource === resource ? ('denied' as const) : ('granted' as const)),
    });
    expect(
      await finding('ACL node write', { consul: { ...nodeWith([]), ...denying('node') } }),
    ).toMatchObject({ status: 'warn' });
    expect(await finding('ACL mesh write', { env, consul: denying('mesh') })).toMatchObject({ status: 'ok' });
  });

  it('wants agent read only in a federation whose primary nobody named', async () => {
    const consul = {
      datacenters: () => Promise.resolve(['dc1', 'dc2']),
      primaryDatacenter: () => Promise.resolve(undefined),
    };
    expect(await finding('ACL agent read', { consul })).toMatchObject({ status: 'warn' });
    expect(await finding('ACL agent read', { consul, env: { PRIMARY_DATACENTER: 'dc1' } })).toMatchObject({
      status: 'ok',
    });
  });
});

describe('functions', () => {
  const planOf = (report: object) => ({ plan: () => Promise.resolve({ ...emptyReport, ...report }) });

  it('that are not registered are named with the reason', async () => {
    const report = { skips: [skip('conflict', 'payments')], failures: [failure('orders', false)] };
    const { status, found } = await finding('functions', planOf(report));
    expect(status).toBe('ok');
    expect(found).toContain('2 not as wanted');
    expect(found).toContain('payments');
    expect(found).toContain('orders');
  });

  it('fail where a sync would not be complete', async () => {
    expect(await finding('functions', planOf({ complete: false }))).toMatchObject({ status: 'FAIL' });
    expect(await finding('functions', planOf({ failures: [failure('orders', true)] }))).toMatchObject({
      status: 'FAIL',
    });
    expect(await finding('functions', { plan: rejecting(refused) })).toMatchObject({ status: 'FAIL' });
    expect(await finding('tags', { plan: rejecting(refused) })).toMatchObject({ status: 'skip' });
  });

  it('with tags that look mistyped are warned of', async () => {
    const warning = { service: 'orders', arn: arnOf('orders'), tag: 'x/enabeld', message: 'm', hint: 'h' };
    expect(await finding('tags', planOf({ warnings: [warning] }))).toMatchObject({
      status: 'warn',
      found: 'orders: m',
      remedy: 'h',
    });
    expect(await finding('functions', planOf({ warnings: [{ ...warning, tag: '' }] }))).toMatchObject({
      status: 'warn',
    });
  });
});
