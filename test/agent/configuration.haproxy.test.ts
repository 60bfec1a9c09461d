import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readAgentConfig } from '../../src/agent/config.ts';
import { createConfigurer } from '../../src/agent/configuration.ts';
import { createModeller, type SourceView } from '../../src/agent/model/merge.ts';
import { modelRules } from '../../src/agent/rules.ts';
import { changesBetween } from '../../src/haproxy/running/changes.ts';
import { configText, layoutOf, mapText } from '../../src/haproxy/running/layout.ts';
import { passwordHash } from '../../src/haproxy/password-hash.ts';
import { render } from '../../src/haproxy/render.ts';
import { checkConfiguration } from '../../src/haproxy-process/check.ts';
import { anyViews, shuffled } from '../support/agent/views.ts';
import { tries } from '../support/explorations.ts';
import { haproxyBinary } from '../support/haproxy/server.ts';

const bin = await haproxyBinary();
const clean = { valid: true, errors: [], warnings: [] };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agent-configuration-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const { config } = readAgentConfig(
  `
sources: { file: {} }
tls: { certs: ${resolve('fixtures/haproxy/certificate.pem')}, redirect: true, hsts: 60 }
routing: { default_domain: home.example }
lambda: { proxy: ["127.0.0.1:8080", "lambda.example:8080"], check: /healthz }
services: { web: { sticky: true, slowstart: 5s, snippet: ["http-request set-header X-Snippet own"] } }
haproxy: { stats: { bind: "127.0.0.1:8404", password: p } }`,
  'agent.yaml',
  { PROM_PASSWD: 'p', STATS_PASSWD: 's' },
);
const rules = modelRules(config, new Set());
const hash = passwordHash('p', 'salt');
const around = {
  base: undefined,
  extra: undefined,
  fingerprint: 'a1',
  hashes: { metrics: hash, stats: hash, listener: hash },
};

/** Both forms of the file, by memories of their own. */
function filesOf(views: readonly SourceView[]) {
  const model = createModeller(rules)(views);
  const running = { socket: join(folder, 'haproxy.sock'), stateFile: join(folder, 'states') };
  const layout = layoutOf(createConfigurer(config, around, running)(model), join(folder, 'routes.map'));
  return { layout, alone: render(createConfigurer(config, around)(model)) };
}

it('HAProxy accepts whatever sources tell, in both forms, without a warning', async () => {
  await writeFile(join(folder, 'states'), '1\n');
  await fc.assert(
    fc.asyncProperty(anyViews, async (views) => {
      const { layout, alone } = filesOf(views);
      await writeFile(layout.map.file, mapText(layout.map));
      expect(await checkConfiguration(bin, configText(layout))).toEqual(clean);
      expect(await checkConfiguration(bin, alone)).toEqual(clean);
    }),
    tries(40),
  );
});

it('the files are the same in whatever order sources tell', () => {
  fc.assert(
    fc.property(anyViews, (views) => {
      const [one, other] = [filesOf(views), filesOf(shuffled(views))];
      expect(other.alone).toBe(one.alone);
      expect(configText(other.layout)).toBe(configText(one.layout));
      expect(mapText(other.layout.map)).toBe(mapText(one.layout.map));
      expect(changesBetween(one.layout, other.layout, [2, 6])).toMatchObject({
        runtime: [],
        reload: undefined,
      });
    }),
    tries(),
  );
});

it('what is remembered of earlier models changes nothing', () => {
  fc.assert(
    fc.property(fc.array(anyViews, { minLength: 2, maxLength: 4 }), (sequence) => {
      const modeller = createModeller(rules);
      const configurer = createConfigurer(config, around);
      for (const views of sequence) {
        const remembered = layoutOf(configurer(modeller(views)), '/maps/routes.map');
        const forgetful = createConfigurer(config, around)(createModeller(rules)(views));
        expect(remembered).toEqual(layoutOf(structuredClone(forgetful), '/maps/routes.map'));
        expect(configText(remembered)).toBe(configText(layoutOf(forgetful, '/maps/routes.map')));
      }
    }),
    tries(50),
  );
});
