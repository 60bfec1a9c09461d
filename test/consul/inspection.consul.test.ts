import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Consul } from '../../src/consul/client.ts';
import type { Right } from '../../src/consul/inspection.ts';
import { agentsPlace } from '../../src/lambda-service/place.ts';
import { consulClient, fixedCredentials, testDeadline } from '../support/consul/client.ts';
import { atLeast, type ConsulServer, startConsul } from '../support/consul/server.ts';
import { type Fault, first, startFaultyFront } from '../support/http/faulty-front.ts';
import { finding } from '../support/registrator/doctor.ts';

let server: ConsulServer;
let open: ConsulServer;

beforeAll(async () => {
  [server, open] = await Promise.all([startConsul({ acl: true, tls: true }), startConsul()]);
});
afterAll(async () => {
  await Promise.all([server.close(), open.close()]);
});

async function using<Result>(client: Consul, work: (client: Consul) => Promise<Result>): Promise<Result> {
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

function overTls(options: { ca?: string; verify?: boolean } = {}): Consul {
  const { port, ca } = server.tls as NonNullable<ConsulServer['tls']>;
  return consulClient(server, {
    address: { host: '127.0.0.1', port, secure: true },
    credentials: fixedCredentials(undefined, options.ca ?? ca),
    tls: { verify: options.verify ?? true },
  });
}

describe('rights of a token', () => {
  const rights: [Right, boolean][] = [
    [{ resource: 'node', access: 'write', name: 'lambdas' }, true],
    [{ resource: 'node', access: 'read', name: 'any' }, true],
    [{ resource: 'node', access: 'write', name: 'other' }, false],
    [{ resource: 'service', access: 'write', name: 'fn-any' }, true],
    [{ resource: 'service', access: 'write', name: 'any' }, false],
    [{ resource: 'operator', access: 'write' }, false],
    [{ resource: 'mesh', access: 'write' }, false],
  ];

  it('are as its policy says', async () => {
    const token = await server.createToken(
      'node "lambdas" { policy = "write" } node_prefix "" { policy = "read" } service_prefix "fn-" { policy = "write" }',
    );
    await using(consulClient(server, { token }), async (consul) => {
      for (const [right, isGranted] of rights) {
        const permission = await consul.permission(agentsPlace, right, testDeadline());
        expect([right, permission]).toEqual([right, isGranted ? 'granted' : 'denied']);
      }
    });
  });

  it('are denied to callers without one, and refused for one that is not there', async () => {
    const right: Right = { resource: 'node', access: 'write', name: 'lambdas' };
    const asked = (consul: Consul) => consul.permission(agentsPlace, right, testDeadline());
    expect(await using(consulClient(server, { token: '' }), asked)).toBe('denied');
    const unknown = consulClient(server, { token: '00000000-1111-2222-3333-444444444444' });
    await expect(using(unknown, asked)).rejects.toMatchObject({ code: 'UPSTREAM_AUTH' });
  });

  it('mean nothing where ACLs are off', async () => {
    const right: Right = { resource: 'mesh', access: 'write' };
    const asked = (consul: Consul) => consul.permission(agentsPlace, right, testDeadline());
    expect(await using(consulClient(open), asked)).toBe('off');
  });
});

it('greets anybody, with the time', async () => {
  const { hasLeader, date = 0 } = await using(consulClient(server, { token: '' }), (consul) =>
    consul.greet(testDeadline()),
  );
  expect(hasLeader).toBe(true);
  expect(Math.abs(date - Date.now())).toBeLessThan(5_000);
});

describe('the certificate', () => {
  it('tells its end, again and again', async () => {
    await using(overTls(), async (consul) => {
      await consul.greet(testDeadline());
      for (let time = 0; time < 2; time += 1) {
        const days = (Number(await consul.certificateEnd(testDeadline())) - Date.now()) / 86_400_000;
        expect(days).toBeGreaterThan(300);
        expect(days).toBeLessThan(400);
      }
    });
  });

  it('that cannot be verified is an error that names what to set', async () => {
    const other = consulClient(server, {
      address: { host: '127.0.0.1', port: server.tls?.port ?? 0, secure: true },
      credentials: fixedCredentials(),
    });
    await expect(using(other, (consul) => consul.certificateEnd(testDeadline()))).rejects.toMatchObject({
      code: 'UPSTREAM_TLS',
      message: expect.stringContaining('CONSUL_CACERT'),
    });
  });

  it('is none without TLS', async () => {
    expect(
      await using(consulClient(open), (consul) => consul.certificateEnd(testDeadline())),
    ).toBeUndefined();
  });
});

it('tells how long certificates of services live, where Connect is on and the token may know', async () => {
  const configuration = (consul: Consul) => consul.authorityConfiguration(testDeadline());
  const told = await using(consulClient(open), configuration);
  const narrow = consulClient(server, {
    token: await server.createToken('node_prefix "" { policy = "read" }'),
  });
  const narrowly = await using(narrow, configuration);
  const expected = atLeast(open.version, 1, 14)
    ? [{ kind: 'told', leafTtlMs: 72 * 3_600_000 }, { kind: 'denied' }]
    : [{ kind: 'off' }, { kind: 'off' }];
  expect([told, narrowly]).toEqual(expected);
});

it('finds that NODE_NAME is a real agent', async () => {
  await using(consulClient(open), async (consul) => {
    const nodeServices = (_place: object, node: string) =>
      consul.nodeServices(agentsPlace, node, testDeadline());
    const nodeHasCheck: Consul['nodeHasCheck'] = (...asked) => consul.nodeHasCheck(...asked);
    const env = { NODE_NAME: 'agent' };
    expect(await finding('NODE_NAME', { env, consul: { nodeServices, nodeHasCheck } })).toMatchObject({
      status: 'FAIL',
      found: expect.stringContaining('NODE_NAME is agent, which is the node of a Consul agent'),
    });
  });
});

describe('on a bad line', () => {
  const calls: [string, (consul: Consul) => Promise<unknown>, unknown][] = [
    ['greet', (consul) => consul.greet(testDeadline()), { hasLeader: true, date: expect.any(Number) }],
    [
      'permission',
      (consul) => consul.permission(agentsPlace, { resource: 'mesh', access: 'write' }, testDeadline()),
      'off',
    ],
    [
      'authorityConfiguration',
      (consul) => consul.authorityConfiguration(testDeadline()),
      expect.objectContaining({ kind: expect.any(String) }),
    ],
  ];
  const faults: Fault[] = [{ status: 503, body: 'busy' }, 'reset', 'lost', 'cut'];
  it.each(calls)('%s is asked again', async (_name, call, expected) => {
    for (const fault of faults) {
      const front = await startFaultyFront(open);
      try {
        front.fault = first(1, fault);
        await expect(using(consulClient(front), call)).resolves.toEqual(expected);
        expect(front.requests).toHaveLength(2);
      } finally {
        await front.close();
      }
    }
  });
});
