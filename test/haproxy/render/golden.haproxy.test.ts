import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { checkConfiguration } from '../../../src/haproxy-process/check.ts';
import { haproxyFixtures } from '../../support/haproxy/fixtures.ts';
import { haproxyBinary } from '../../support/haproxy/server.ts';

const bin = await haproxyBinary();

it.each(haproxyFixtures)('HAProxy takes the fixture %s without a warning', async (scenario) => {
  const text = readFileSync(`fixtures/haproxy/${scenario}.cfg`, 'utf8');
  const local = text.replace('/etc/haproxy/certificates', resolve('fixtures/haproxy/certificate.pem'));
  expect(await checkConfiguration(bin, local)).toEqual({ valid: true, errors: [], warnings: [] });
});
