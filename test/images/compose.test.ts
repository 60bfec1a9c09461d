import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { readProxyConfig } from '../../src/proxy/config.ts';

const folder = 'images/proxy';

interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly volumes: readonly string[];
  readonly entrypoint?: string;
  readonly networks?: { readonly default: { readonly aliases: readonly string[] } };
  readonly depends_on?: readonly string[];
}
const { services } = parse(readFileSync(`${folder}/compose.yaml`, 'utf8')) as {
  services: Readonly<Record<string, Service>>;
};
const { proxy, ...functions } = services;
const { config, warnings } = readProxyConfig(readFileSync(`${folder}/lrp.yaml`, 'utf8'), 'lrp.yaml', {});

it('mounts and builds what is there', () => {
  const mounted = Object.values(services).flatMap(({ volumes }) =>
    volumes.map((volume) => volume.split(':')[0] ?? ''),
  );
  expect(mounted.filter((path) => !existsSync(join(folder, path)))).toEqual([]);
  const { context = '', dockerfile = '' } = proxy?.build ?? {};
  expect(existsSync(join(folder, context, dockerfile))).toBe(true);
});

it("runs the proxy by lambda-reverse-proxy's entry point", () => {
  expect(proxy?.entrypoint).toBe('/go/bin/lrp /etc/lrp.yaml');
  expect(proxy?.volumes).toEqual(['./lrp.yaml:/etc/lrp.yaml:ro']);
});

it('gives the proxy the hosts that its file routes, to functions that there are', () => {
  expect(warnings).toEqual([]);
  expect(config.routes.map(({ hostname }) => hostname)).toEqual(proxy?.networks?.default.aliases);
  const endpoints = config.routes.flatMap((route) => (route.kind === 'local' ? route.endpoints : []));
  expect(endpoints).toEqual(Object.keys(functions).map((name) => `http://${name}:8080`));
  expect(proxy?.depends_on).toEqual(Object.keys(functions));
});

it('has a function that answers', async () => {
  const module = (await import(join(process.cwd(), folder, 'function/index.mjs'))) as {
    handler: (event: { rawPath: string }) => Promise<unknown>;
  };
  expect(await module.handler({ rawPath: '/x' })).toMatchObject({ statusCode: 200 });
});
