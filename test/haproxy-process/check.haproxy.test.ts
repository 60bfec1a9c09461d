import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkConfiguration } from '../../src/haproxy-process/check.ts';
import { configuration, service } from '../support/haproxy/models.ts';
import { haproxyBinary } from '../support/haproxy/server.ts';
import { render } from '../../src/haproxy/render.ts';

const bin = await haproxyBinary();

it('finds a rendered configuration valid', async () => {
  const valid = { valid: true, errors: [], warnings: [] };
  expect(await checkConfiguration(bin, render(configuration()))).toEqual(valid);
});

it('returns every error with its line and without process ids or temporary paths', async () => {
  const result = await checkConfiguration(bin, 'frontend a\n  bind :1\n  nonsense\n  bind nonsense\n');
  expect(result.valid).toBe(false);
  expect(result.errors.join('\n')).toMatch(/haproxy\.cfg:3\].*nonsense/);
  expect(result.errors.join('\n')).toMatch(/haproxy\.cfg:4\]/);
  expect(result.errors.join('\n')).not.toContain(tmpdir());
});

it('names the service behind a line', async () => {
  const web = service('web', [{ host: 'web.example.com' }], {
    servers: [{ id: 'w1', address: '10.0.0.1', port: 80 }],
  });
  const text = render(configuration({ services: [web] })).replace('10.0.0.1:80', '10.0.0.1:80 nonsense');
  const { errors } = await checkConfiguration(bin, text);
  expect(errors[0]).toMatch(/haproxy\.cfg:\d+\].*nonsense.*\(of the service web\)$/);
});

it('finds a file without a final newline invalid', async () => {
  const result = await checkConfiguration(bin, render(configuration()).trimEnd());
  expect(result.errors.join('\n')).toContain('Missing LF on last line');
});

it('returns warnings of a valid configuration', async () => {
  const text = `${render(configuration())}\nfrontend late\n  bind 127.0.0.1:1\n  default_backend be_none\n  http-request deny\n  tcp-request connection accept\n`;
  const result = await checkConfiguration(bin, text);
  expect(result).toMatchObject({ valid: true, errors: [] });
  expect(result.warnings).not.toEqual([]);
});

it('says that a configuration without listeners is invalid', async () => {
  expect(await checkConfiguration(bin, 'global\n')).toMatchObject({ valid: false });
});

it('throws when there is no such binary', async () => {
  await expect(checkConfiguration('/nowhere/haproxy', '')).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
});

it('throws when the check does not end', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'check-test-'));
  const slow = join(folder, 'haproxy');
  await writeFile(slow, '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 });
  await expect(checkConfiguration(slow, '', 100)).rejects.toMatchObject({
    code: 'UPSTREAM_TIMEOUT',
  });
  await rm(folder, { recursive: true });
});
