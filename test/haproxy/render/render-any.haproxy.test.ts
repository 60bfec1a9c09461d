import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { render } from '../../../src/haproxy/render.ts';
import { configText, layoutOf, mapText } from '../../../src/haproxy/running/layout.ts';
import { checkConfiguration } from '../../../src/haproxy-process/check.ts';
import {
  arbitraryAgentConfiguration,
  arbitraryConfiguration,
  reservedWords,
} from '../../support/haproxy/arbitraries.ts';
import { configuration, service } from '../../support/haproxy/models.ts';
import { haproxyBinary } from '../../support/haproxy/server.ts';
import { tries } from '../../support/explorations.ts';

const bin = await haproxyBinary();
const clean = { valid: true, errors: [], warnings: [] };

it('HAProxy accepts what is rendered from any accepted model, without a warning', async () => {
  const anyModel = arbitraryConfiguration(resolve('fixtures/haproxy/certificate.pem'));
  await fc.assert(
    fc.asyncProperty(anyModel, async (model) => {
      expect(await checkConfiguration(bin, render(model))).toEqual(clean);
    }),
    tries(60),
  );
});

it('HAProxy accepts whatever an agent wants, as one file and as a file and a map, without a warning', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'haproxy-any-'));
  const anyModel = arbitraryAgentConfiguration(resolve('fixtures/haproxy/certificate.pem'));
  await fc.assert(
    fc.asyncProperty(anyModel, async (model) => {
      const layout = layoutOf(model, join(folder, 'routes.map'));
      await writeFile(layout.map.file, mapText(layout.map));
      expect(await checkConfiguration(bin, configText(layout))).toEqual(clean);
      expect(await checkConfiguration(bin, render(model))).toEqual(clean);
    }),
    tries(60),
  );
  await rm(folder, { recursive: true });
});

it('HAProxy takes words of its own language as plain names', async () => {
  const names = reservedWords.filter((word) => /^[A-Za-z0-9]/.test(word));
  const services = names.map((word) =>
    service(
      word,
      [{ host: word.toLowerCase().replace(/^[0-9]+$/, 'n'), path: `/${word}` }, { path: `/${word}` }],
      {
        cookie: word,
        check: `/${word}`,
        servers: names.map((id) => ({ id, address: '10.0.0.1', port: 80 })),
      },
    ),
  );
  expect(await checkConfiguration(bin, render(configuration({ services })))).toEqual(clean);
});
