import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TerminatingGateway } from '../../../src/consul/api.ts';
import type { Consul } from '../../../src/consul/client.ts';
import { writeLinks } from '../../../src/registrator/gateways/links.ts';
import { readGateways } from '../../../src/registrator/gateways/read.ts';
import { consulClient } from '../../support/consul/client.ts';
import { atLeast, type ConsulServer, startConsul } from '../../support/consul/server.ts';
import { type Fault, type FaultyFront, first, startFaultyFront } from '../../support/http/faulty-front.ts';
import { gatewayEntry, linked, linksOf, runFor, unlinked } from '../../support/registrator/gateways.ts';

let server: ConsulServer;
let front: FaultyFront;
let consul: Consul;
const clients: Consul[] = [];
beforeAll(async () => {
  server = await startConsul({ acl: true });
  front = await startFaultyFront(server);
  consul = clientOf(front);
});
afterAll(async () => {
  for (const client of clients) client.close();
  await front.close();
  await server.close();
});
beforeEach(async () => {
  front.requests.length = 0;
  front.fault = () => undefined;
  const entries = (await server.ok('GET', '/v1/config/terminating-gateway')) as { Name: string }[];
  for (const { Name } of entries) await server.ok('DELETE', `/v1/config/terminating-gateway/${Name}`);
});

function clientOf(...of: Parameters<typeof consulClient>): Consul {
  const client = consulClient(...of);
  clients.push(client);
  return client;
}

async function outcomes(
  ...[changes, run = runFor(consul)]: [Parameters<typeof writeLinks>[1], ReturnType<typeof runFor>?]
) {
  return (await writeLinks(run, changes)).map(({ outcome }) => outcome);
}

const writes = (): string[] => front.requests.filter((request) => request.startsWith('PUT '));

/** Somebody else's entry, with all that this server knows. */
const theirs = (): TerminatingGateway => ({
  Kind: 'terminating-gateway',
  Name: 'gw',
  Services: [
    { Name: 'billing', CAFile: '/ca.pem', CertFile: '/cert.pem', KeyFile: '/key.pem', SNI: 'billing.test' },
    { Name: 'ldap', ...(atLeast(server.version, 1, 15) && { DisableAutoHostRewrite: true }) },
  ],
  Meta: { team: 'network' },
});

/** Somebody else links one more service, as a script that does not check and set. */
let edits = 0;
async function edit(): Promise<undefined> {
  edits += 1;
  const entry = (await gatewayEntry(server, 'gw')) ?? { ...theirs(), Services: [] };
  const Services = [...(entry.Services ?? []), { Name: `edit-${edits}` }];
  await server.ok('PUT', '/v1/config', { ...entry, Services });
}

function editBefore(pattern: RegExp, times: number): FaultyFront['fault'] {
  let left = times;
  return (request) => (pattern.test(request) && left-- > 0 ? edit() : undefined);
}

describe('links', () => {
  it('are made and removed with one write a gateway, which makes an entry that is missing', async () => {
    const changes = [...linked('gw', 'pay', 'mail'), ...linked('other', 'pay')];
    expect(await outcomes(changes)).toEqual(['done', 'done', 'done']);
    expect(writes()).toHaveLength(2);
    expect(await linksOf(server, 'gw')).toEqual(['pay', 'mail']);
    expect(await linksOf(server, 'other')).toEqual(['pay']);
    expect(await outcomes([...unlinked('gw', 'pay', 'gone'), ...linked('GW', 'web')])).toEqual([
      'done',
      'done',
      'done',
    ]);
    expect(writes()).toHaveLength(3);
    expect(await linksOf(server, 'gw')).toEqual(['mail', 'web']);
  });

  it('that are as wanted are not written, and without changes nothing is asked', async () => {
    expect(await outcomes([])).toEqual([]);
    expect(front.requests).toEqual([]);
    await server.ok('PUT', '/v1/config', { ...theirs(), Services: [{ Name: 'PAY' }] });
    expect(await outcomes([...linked('gw', 'pay'), ...unlinked('gw', 'mail')])).toEqual(['done', 'done']);
    await server.ok('PUT', '/v1/config', { ...theirs(), Services: [{ Name: '*' }] });
    expect(await outcomes(linked('gw', 'mail'))).toEqual(['done']);
    expect(writes()).toEqual([]);
  });

  it('of others and all else in the entry stay', async () => {
    await server.ok('PUT', '/v1/config', theirs());
    await outcomes(linked('gw', 'pay'));
    expect(await gatewayEntry(server, 'gw')).toMatchObject({
      ...theirs(),
      Services: [...(theirs().Services ?? []), { Name: 'pay' }],
    });
    await outcomes(unlinked('gw', 'pay'));
    expect(await gatewayEntry(server, 'gw')).toMatchObject(theirs());
    expect(await linksOf(server, 'gw')).toEqual(['billing', 'ldap']);
  });

  it('in an entry that Consul refuses fail with its own words, and those of other gateways are made', async () => {
    const [refused, done] = await outcomes([...linked('gw', ''), ...linked('other', 'pay')]);
    expect(refused).toMatchObject({
      code: 'UPSTREAM_REJECTED',
      message: 'Consul refused terminating gateway gw: Service name cannot be blank.',
    });
    expect(done).toBe('done');
    expect(await linksOf(server, 'other')).toEqual(['pay']);
  });
});

describe('an entry that somebody else changes', () => {
  it.each(['with one', 'without an'])(
    'meanwhile is read and written once more, %s entry before',
    async (before) => {
      if (before === 'with one') await server.ok('PUT', '/v1/config', theirs());
      front.fault = editBefore(/^PUT /, 1);
      expect(await outcomes(linked('gw', 'pay'))).toEqual(['done']);
      const links = await linksOf(server, 'gw');
      expect(links.slice(-2)).toEqual([`edit-${edits}`, 'pay']);
    },
  );

  it('twice is left to the next run', async () => {
    await server.ok('PUT', '/v1/config', theirs());
    front.fault = editBefore(/^PUT /, 2);
    const [lost, alike] = await outcomes(linked('gw', 'pay', 'mail'));
    expect(lost).toMatchObject({ code: 'REVISION_CONFLICT', retryable: true });
    expect(alike).toBe(lost);
    expect(await linksOf(server, 'gw')).toEqual(['billing', 'ldap', `edit-${edits - 1}`, `edit-${edits}`]);
    expect(await outcomes(linked('gw', 'pay', 'mail'))).toEqual(['done', 'done']);
    expect(await gatewayEntry(server, 'gw')).toMatchObject({ Meta: { team: 'network' } });
  });

  it('to what is wanted needs no second write', async () => {
    front.fault = async (request) => {
      if (!request.startsWith('PUT ')) return undefined;
      front.fault = () => undefined;
      await server.ok('PUT', '/v1/config', { ...theirs(), Services: [{ Name: 'pay' }] });
      return undefined;
    };
    expect(await outcomes(linked('gw', 'pay'))).toEqual(['done']);
    expect(writes()).toHaveLength(1);
    expect(await linksOf(server, 'gw')).toEqual(['pay']);
  });

  it('as many registrators at once keeps what each has made, once', async () => {
    const services = Array.from({ length: 8 }, (_, at) => `fn-${at}`);
    let waiting = services;
    for (let rounds = 0; waiting.length > 0; rounds += 1) {
      expect(rounds).toBeLessThan(services.length);
      const ends = await Promise.all(
        waiting.map(async (service) => ({ service, outcome: (await outcomes(linked('gw', service)))[0] })),
      );
      const lost = ends.filter(({ outcome }) => outcome !== 'done');
      for (const { outcome } of lost) expect(outcome).toMatchObject({ code: 'REVISION_CONFLICT' });
      expect(await linksOf(server, 'gw')).toEqual(
        expect.arrayContaining(
          ends.filter(({ outcome }) => outcome === 'done').map(({ service }) => service),
        ),
      );
      waiting = lost.map(({ service }) => service);
    }
    expect((await linksOf(server, 'gw')).toSorted()).toEqual(services);
  });
});

describe('what goes wrong with a call', () => {
  const calls = ['GET /v1/config/terminating-gateway/gw', 'PUT /v1/config?cas='];
  const passing: Fault[] = ['reset', 'lost', 'cut', { status: 503, body: 'later' }];

  it.each(calls.flatMap((call) => passing.map((fault) => [call, fault] as const)))(
    'once is no hindrance: %s, %j',
    async (call, fault) => {
      await server.ok('PUT', '/v1/config', theirs());
      const once = first(1, fault);
      front.fault = (request) => (request.startsWith(call) ? once(request) : undefined);
      expect(await outcomes(linked('gw', 'pay'))).toEqual(['done']);
      expect(await linksOf(server, 'gw')).toEqual(['billing', 'ldap', 'pay']);
    },
  );

  it.each(calls)('for long is told, and changes nothing: %s', async (call) => {
    await server.ok('PUT', '/v1/config', theirs());
    front.fault = (request) => (request.startsWith(call) ? { status: 503, body: 'later' } : undefined);
    const [outcome] = await outcomes(linked('gw', 'pay'));
    expect(outcome).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });
    expect(await gatewayEntry(server, 'gw')).toMatchObject(theirs());
  });
});

describe('a token', () => {
  const mayWrite = () => (atLeast(server.version, 1, 12) ? 'mesh = "write"' : 'operator = "write"');
  const mayRead = 'service "gw" { policy = "read" }';
  const tokenRun = async (...rules: string[]) =>
    runFor(clientOf(front, { token: await server.createToken(rules.join('\n')) }));

  it('with the rules of the warning suffices', async () => {
    const run = await tokenRun(mayWrite(), mayRead);
    expect((await readGateways(run, ['gw'])).get('gw')).toEqual({ kind: 'seen', entry: undefined });
    expect(await outcomes(linked('gw', 'pay'), run)).toEqual(['done']);
    expect((await readGateways(run, ['GW', 'gw'])).get('gw')).toMatchObject({
      kind: 'seen',
      entry: { Services: [{ Name: 'pay' }] },
    });
  });

  it('without the right to write changes nothing', async () => {
    const run = await tokenRun(mayRead);
    expect(await outcomes(linked('gw', 'pay'), run)).toEqual(['denied']);
    expect(await gatewayEntry(server, 'gw')).toBeUndefined();
  });

  it('without the right to read sees nothing and changes nothing', async () => {
    const run = await tokenRun(mayWrite(), 'service "other" { policy = "read" }');
    const views = await readGateways(run, ['gw', 'other']);
    expect(views.get('gw')).toMatchObject({ kind: 'closed', error: { code: 'UPSTREAM_AUTH' } });
    expect(views.get('other')).toEqual({ kind: 'seen', entry: undefined });
    expect(await outcomes([...linked('gw', 'pay'), ...linked('other', 'pay')], run)).toEqual([
      'denied',
      'done',
    ]);
    expect(await gatewayEntry(server, 'gw')).toBeUndefined();
  });
});

it('a gateway is read once, however often it is named', async () => {
  expect([...(await readGateways(runFor(consul), ['gw', 'GW', 'gw', 'other'])).keys()]).toEqual([
    'gw',
    'other',
  ]);
  expect(front.requests).toHaveLength(2);
});
