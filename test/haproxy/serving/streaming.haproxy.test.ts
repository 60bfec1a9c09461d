import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { render } from '../../../src/haproxy/render.ts';
import { freePorts } from '../../../src/sandbox/free-ports.ts';
import { configuration, serversOf, service } from '../../support/haproxy/models.ts';
import { startHaproxy } from '../../support/haproxy/server.ts';

const parts = ['one', 'two', 'three', 'four', 'five'];

it('a client sees each part of a stream before the server writes the next', async () => {
  const arrivals = new EventEmitter();
  const server = createServer((_request, response) => {
    void (async () => {
      for (const part of parts) {
        const arrived = once(arrivals, part);
        response.write(part);
        await arrived;
      }
      response.end();
    })();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const servers = serversOf({ name: '1', port: (server.address() as AddressInfo).port });
  const [port = 0] = await freePorts(1);
  const { frontend, ...others } = configuration({
    port,
    services: [service('stream', [{ host: 'a.example' }], { servers, check: 'off' })],
  });
  await using _haproxy = await startHaproxy(
    render({ ...others, frontend: { ...frontend, noDelay: true } }),
    port,
  );

  const asked = request({ port, headers: { host: 'a.example' }, agent: false }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const seen: string[] = [];
  for await (const part of response.setEncoding('utf8') as AsyncIterable<string>) {
    seen.push(part);
    arrivals.emit(part);
  }
  expect(seen).toEqual(parts);
  server.close();
});
