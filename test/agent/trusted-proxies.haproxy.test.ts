import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAgentConfig } from '../../src/agent/config.ts';
import { createConfigurer } from '../../src/agent/configuration.ts';
import { mergeSources } from '../support/agent/sightings.ts';
import { modelRules } from '../../src/agent/rules.ts';
import { configText, layoutOf, mapText } from '../../src/haproxy/running/layout.ts';
import { render } from '../../src/haproxy/render.ts';
import { freePorts } from '../../src/sandbox/free-ports.ts';
import { instance, sighting, view } from '../support/agent/sightings.ts';
import { ask } from '../support/haproxy/requests.ts';
import { startHaproxy } from '../support/haproxy/server.ts';
import { type Echo, type EchoServer, startEchoServer } from '../support/http/echo-server.ts';

let folder: string;
let server: EchoServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trusted-proxies-'));
  server = await startEchoServer('web');
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const around = {
  base: undefined,
  extra: undefined,
  fingerprint: undefined,
  hashes: { metrics: undefined, stats: undefined, listener: undefined },
};

/** What HAProxy is told for `open.example`, and for `safe.example`, which wants TLS. */
function configurationOn(port: number, trusted: string) {
  const text = `bind: ["127.0.0.1:${port}"]\ntrusted_proxies: ${trusted}\nsources: { file: {} }\nhaproxy: { log: off }`;
  const { config } = readAgentConfig(text, 'agent.yaml', {});
  const at = { address: '127.0.0.1', port: server.port };
  const model = mergeSources(
    [
      view(
        'docker',
        sighting('open', [instance('open', { ...at, attributes: { 'route-host': 'open.example' } })]),
        sighting('safe', [
          instance('safe', { ...at, attributes: { 'route-host': 'safe.example', 'route-tls': 'true' } }),
        ]),
      ),
    ],
    modelRules(config, new Set()),
  );
  return { model, configuration: createConfigurer(config, around)(model) };
}

type Given = ReturnType<typeof configurationOn>['configuration'];

/** Its text as one file, or beside a map, which is written. */
const forms: Readonly<Record<string, (configuration: Given) => Promise<string>>> = {
  'one file': (configuration) => Promise.resolve(render(configuration)),
  'a file and a map': async (configuration) => {
    const layout = layoutOf(configuration, join(folder, 'routes.map'));
    await writeFile(layout.map.file, mapText(layout.map));
    return configText(layout);
  },
};

/** What a load balancer on this host says of a client. */
const said = { 'x-forwarded-for': '192.0.2.7', 'x-forwarded-proto': 'https', 'x-forwarded-port': '443' };

describe.each(Object.entries(forms))('behind a load balancer, with %s', (_form, textOf) => {
  async function serving(trusted: string) {
    const [http = 0] = await freePorts(1);
    const { model, configuration } = configurationOn(http, trusted);
    const haproxy = await startHaproxy(await textOf(configuration), http);
    return {
      problems: model.problems,
      ask: (host: string, headers: Record<string, string> = said) => ask({ ports: { http }, host, headers }),
      [Symbol.asyncDispose]: () => haproxy[Symbol.asyncDispose](),
    };
  }
  const forwarded = (body: string): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries((JSON.parse(body) as Echo).headers).filter(([name]) => name.startsWith('x-forwarded-')),
    );

  it('believes what it says of the client where it is trusted', async () => {
    await using site = await serving('[10.0.0.0/8, 127.0.0.0/8]');
    expect(site.problems).toEqual([]);
    expect(forwarded((await site.ask('open.example')).body)).toEqual({
      ...said,
      'x-forwarded-for': '192.0.2.7, 127.0.0.1',
    });
    expect((await site.ask('safe.example')).status).toBe(200);
    const { status, headers } = await site.ask('safe.example', { ...said, 'x-forwarded-proto': 'http' });
    expect([status, headers.location]).toEqual([308, 'https://safe.example/']);
  });

  it('puts what it sees itself in the place of what others say', async () => {
    await using site = await serving('[10.0.0.0/8]');
    expect(forwarded((await site.ask('open.example')).body)).toEqual({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
    });
    expect((await site.ask('safe.example')).status).toBe(308);
  });

  it('believes nobody unless told', async () => {
    await using site = await serving('[]');
    expect(site.problems).toMatchObject([{ message: expect.stringContaining('trusted_proxies') as string }]);
    expect(forwarded((await site.ask('open.example')).body)).toEqual({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
    });
    expect((await site.ask('safe.example')).status).toBe(200);
  });
});
