import { beforeEach, describe, expect, it } from 'vitest';
import { readCatalog } from '../../support/consul/catalog.ts';
import { atLeast } from '../../support/consul/server.ts';
import { fullSync, syncOf } from '../../support/registrator/registrator.ts';
import { arnOf } from '../../support/aws/tag-world.ts';
import { useRegistrator } from '../../support/registrator/use-registrator.ts';

const given = useRegistrator();

type Entry = { Kind: string; Name: string } & Record<string, unknown>;

const pathRoute = (service: string) => [
  { Match: { HTTP: { PathPrefix: '/x' } }, Destination: { Service: service } },
];

/** Entries that need pay, or another service beside it, to speak http. */
const entries: [what: string, entry: Entry, since?: [number, number]][] = [
  ['service-router pay', { Kind: 'service-router', Name: 'pay', Routes: pathRoute('other') }],
  ['service-router other', { Kind: 'service-router', Name: 'other', Routes: pathRoute('pay') }],
  [
    'service-splitter pay',
    { Kind: 'service-splitter', Name: 'pay', Splits: [{ Weight: 50 }, { Weight: 50, Service: 'other' }] },
  ],
  [
    'service-splitter other',
    { Kind: 'service-splitter', Name: 'other', Splits: [{ Weight: 50 }, { Weight: 50, Service: 'pay' }] },
  ],
  ['service-resolver other', { Kind: 'service-resolver', Name: 'other', Redirect: { Service: 'pay' } }],
  [
    'service-resolver other',
    { Kind: 'service-resolver', Name: 'other', Failover: { '*': { Service: 'pay' } } },
  ],
  [
    'ingress-gateway gate',
    {
      Kind: 'ingress-gateway',
      Name: 'gate',
      Listeners: [{ Port: 8080, Protocol: 'http', Services: [{ Name: 'pay' }] }],
    },
  ],
  [
    'service-intentions pay',
    {
      Kind: 'service-intentions',
      Name: 'pay',
      Sources: [{ Name: 'web', Permissions: [{ Action: 'allow', HTTP: { PathPrefix: '/' } }] }],
    },
    [1, 9],
  ],
];

const put = (entry: Entry): Promise<unknown> => given.server.ok('PUT', '/v1/config', entry);
const drop = ({ Kind, Name }: Entry): Promise<unknown> =>
  given.server.ok('DELETE', `/v1/config/${Kind}/${Name}`);

const bothSyncs = [
  ['full sync', () => fullSync(given.parts)],
  ['event', () => syncOf(given.parts, 'pay')],
] as const;

async function registered(): Promise<{ services: string[]; defaults: string[] }> {
  const { services, defaults } = await readCatalog(given.server);
  return {
    services: Object.keys(services),
    defaults: Object.keys(defaults).filter((name) => name === 'pay'),
  };
}

beforeEach(async () => {
  await put({ Kind: 'service-defaults', Name: 'other', Protocol: 'http' });
  given.world.set('pay');
  await fullSync(given.parts);
});

describe.each(entries)('service-defaults that %s needs', (what, entry, since = [1, 8]) => {
  it.for(bothSyncs)('keep their service until it goes, in every %s', async ([, sync], { skip }) => {
    skip(!atLeast(given.server.version, ...since), 'this Consul does not know the kind');
    await put(entry);
    given.world.remove('pay');
    for (let again = 0; again < 2; again += 1) {
      given.watch();
      const report = await sync();
      expect(report).toMatchObject({ complete: true, changes: [], counts: { deleted: 0, failed: 1 } });
      expect(report.failures).toMatchObject([
        { service: 'pay', arn: arnOf('pay'), code: 'ENTRY_IN_USE', retryable: false },
      ]);
      expect(report.failures[0]?.message).toContain(what);
      expect(report.failures[0]?.message).toMatch(/Consul says: .*protocol[^.]*\.$/);
      expect(given.writes()).not.toContain('PUT /v1/txn');
      expect(await registered()).toEqual({ services: ['pay'], defaults: ['pay'] });
    }
    await drop(entry);
    expect(await sync()).toMatchObject({ counts: { deleted: 1, failed: 0 } });
    expect(await registered()).toEqual({ services: [], defaults: [] });
  });
});

describe('an entry that mentions a service', () => {
  it('does not keep it where Consul can do without its service-defaults', async () => {
    const entry = { Kind: 'service-resolver', Name: 'pay', ConnectTimeout: '5s' };
    await put(entry);
    given.world.remove('pay');
    expect(await fullSync(given.parts)).toMatchObject({ counts: { deleted: 1, failed: 0 } });
    expect(await registered()).toEqual({ services: [], defaults: [] });
    await drop(entry);
  });

  it('does not keep another service that goes in the same sync', async () => {
    given.world.set('mail');
    await fullSync(given.parts);
    const [, entry] = entries[0] ?? [];
    if (entry) await put(entry);
    given.world.remove('pay');
    given.world.remove('mail');
    expect(await fullSync(given.parts)).toMatchObject({
      changes: [{ action: 'delete', service: 'mail' }],
      failures: [{ service: 'pay', code: 'ENTRY_IN_USE' }],
    });
    expect(await registered()).toEqual({ services: ['pay'], defaults: ['pay'] });
    if (entry) await drop(entry);
  });
});

describe('an entry that only Consul can see', () => {
  it('leaves the service registered, and Consul’s own words in the report', async () => {
    const [, entry] = entries[0] ?? [];
    if (entry) await put(entry);
    given.world.remove('pay');
    given.watch((request) =>
      request.startsWith('GET /v1/config/service-router')
        ? { status: 403, body: 'Permission denied' }
        : undefined,
    );
    const report = await syncOf(given.parts, 'pay');
    expect(report.failures).toMatchObject([
      { code: 'ENTRY_IN_USE', message: expect.stringContaining('another config entry') },
    ]);
    expect(report.failures[0]?.message).toContain('Consul says: ');
    expect(await registered()).toEqual({ services: ['pay'], defaults: ['pay'] });
    given.watch();
    if (entry) await drop(entry);
  });
});

describe('service-defaults that do not fit another entry', () => {
  it('are not written, nor is their service', async () => {
    given.world.set('new');
    const redirect = { Kind: 'service-resolver', Name: 'plain', Redirect: { Service: 'new' } };
    await put(redirect);
    const report = await syncOf(given.parts, 'new');
    expect(report).toMatchObject({ counts: { created: 0, failed: 1 } });
    expect(report.failures).toMatchObject([
      { service: 'new', code: 'ENTRY_IN_USE', message: expect.stringContaining('service-resolver plain') },
    ]);
    expect((await registered()).services).toEqual(['pay']);
    await drop(redirect);
    expect(await syncOf(given.parts, 'new')).toMatchObject({ counts: { created: 1, failed: 0 } });
  });
});
