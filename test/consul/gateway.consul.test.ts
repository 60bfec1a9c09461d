import { once } from 'node:events';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Consul } from '../../src/consul/client.ts';
import { Secret } from '../../src/core/secret.ts';
import { agentsPlace } from '../../src/lambda-service/place.ts';
import type { ConsulEndpoint } from '../support/consul/calls.ts';
import { consulClient, testDeadline } from '../support/consul/client.ts';
import { startConsul } from '../support/consul/server.ts';

const deadline = testDeadline();
const prefix = '/teams/a%20b';
const auth = 'mé:pa:ss';

let server: ConsulEndpoint;
let gateway: Server;
beforeAll(async () => {
  server = await startConsul({ acl: true });
  gateway = createServer((incoming, answer) => {
    const { url = '', method, headers } = incoming;
    const { authorization } = headers;
    if (authorization !== `Basic ${Buffer.from(auth).toString('base64')}`) {
      answer.writeHead(401).end(`who is ${authorization}? ${String(headers['x-consul-token'])}`);
    } else if (url.startsWith(`${prefix}/v1/`)) {
      const path = url.slice(prefix.length);
      const onward = httpRequest(
        { host: server.host, port: server.port, method, path, headers },
        (response) => {
          answer.writeHead(response.statusCode ?? 502, response.headers);
          response.pipe(answer);
        },
      );
      incoming.pipe(onward);
    } else {
      answer.writeHead(404).end('nothing here');
    }
  }).listen(0, '127.0.0.1');
  await once(gateway, 'listening');
});
afterAll(async () => {
  gateway?.closeAllConnections();
  gateway?.close();
  await server?.close();
});

async function ask<Result>(
  given: { path?: string; auth?: string },
  work: (consul: Consul) => Promise<Result>,
) {
  const { port } = gateway.address() as AddressInfo;
  const consul = consulClient(server, {
    address: {
      host: '127.0.0.1',
      port,
      secure: false,
      ...(given.path === undefined ? {} : { path: given.path }),
    },
    ...(given.auth === undefined ? {} : { auth: new Secret(given.auth) }),
  });
  try {
    return await work(consul);
  } finally {
    consul.close();
  }
}

test('a Consul behind a path and a password is read and written', async () => {
  const entry = { Kind: 'service-defaults' as const, Name: 'a', Protocol: 'http' };
  const stored = await ask({ path: prefix, auth }, async (consul) => {
    await consul.putServiceDefaults(agentsPlace, entry, 0, deadline);
    await consul.transact(
      agentsPlace,
      [{ verb: 'cas', node: { Node: 'n', Address: '' }, index: 0 }],
      deadline,
    );
    return [
      (await consul.serviceDefaults(agentsPlace, 'a', deadline))?.Name,
      (await consul.nodeServices(agentsPlace, 'n', deadline)).node?.Node,
    ];
  });
  expect(stored).toEqual(['a', 'n']);
});

test('a wrong password is an error that names its variable and shows nothing of it, even when it is sent back', async () => {
  const error = await ask({ path: prefix, auth: 'me:b1gs3cr3t' }, (consul) =>
    consul.serviceNames(agentsPlace, deadline).catch((refusal: unknown) => refusal),
  );
  expect(error).toMatchObject({
    code: 'UPSTREAM_AUTH',
    message: expect.stringMatching(
      /with 401: who is Basic \[redacted\]\? \[redacted\]\. .*CONSUL_HTTP_AUTH/,
    ) as string,
  });
  expect(JSON.stringify(error)).not.toMatch(/b1gs3cr3t|YjFnczNjcjN0/);
});

test('a wrong path is an error that names the address with it', async () => {
  await expect(
    ask({ path: '/elsewhere', auth }, (consul) => consul.serviceNames(agentsPlace, deadline)),
  ).rejects.toMatchObject({
    code: 'UPSTREAM_REJECTED',
    message: expect.stringMatching(
      /^Consul at http:\/\/127\.0\.0\.1:\d+\/elsewhere answered .*CONSUL_HTTP_ADDR/,
    ) as string,
  });
});
