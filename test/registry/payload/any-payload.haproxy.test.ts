import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { isAppError } from '../../../src/core/errors.ts';
import { checkConfiguration } from '../../../src/haproxy-process/check.ts';
import { readProxyConfig } from '../../../src/registry/config.ts';
import { renderPayload } from '../../../src/registry/render-payload.ts';
import { haproxyBinary } from '../../support/haproxy/server.ts';
import { arbitraryPayload } from '../../support/registry/payload-arbitraries.ts';
import { candidate } from '../../support/registry/registry.ts';
import { extent, tries } from '../../support/explorations.ts';

const proxy = readProxyConfig({ TRUSTED_PROXIES: '10.0.0.0/8' });

/** The configuration of a payload; undefined when it is refused. */
function configOf(payload: unknown): string | undefined {
  try {
    return renderPayload(payload, proxy).config;
  } catch (error) {
    if (isAppError(error, 'PAYLOAD_INVALID')) return undefined;
    throw error;
  }
}

it('lets HAProxy accept whatever the registry accepted, without a warning', async () => {
  const bin = await haproxyBinary();
  const configs = fc
    .sample(arbitraryPayload, tries(400, 10_000))
    .map(configOf)
    .filter((config) => config !== undefined);
  expect(configs.length).toBeGreaterThan(20);
  for (const config of configs.slice(0, extent(60))) {
    expect({ ...(await checkConfiguration(bin, config)), config }).toEqual({
      valid: true,
      errors: [],
      warnings: [],
      config,
    });
  }
});

it("gives Cosmonaut's script, which un-escapes a JSON string in a shell, a file that HAProxy accepts", async () => {
  const config = configOf({
    table: 't',
    running: [],
    candidates: [
      candidate('web', { w1: '10.0.0.1' }, { hosts: ['*.example.com'], paths: ['/api'], cookie: 'SID' }),
    ],
  });
  const script = 'echo -e $(printf %s "$ANSWER" | tr -d \'"\')';
  const text = execFileSync('bash', ['-c', script], {
    env: { PATH: process.env['PATH'], ANSWER: JSON.stringify(config) },
  });
  expect(await checkConfiguration(await haproxyBinary(), text.toString())).toMatchObject({
    valid: true,
    errors: [],
  });
});
