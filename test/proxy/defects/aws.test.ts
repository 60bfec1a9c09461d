import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type FunctionEndpoint,
  result,
  startFunctionEndpoint,
} from '../../support/proxy/function-endpoint.ts';
import { told } from '../../support/proxy/one-function.ts';
import { startTestProxy } from '../../support/proxy/proxy.ts';
import type { FileKeys } from '../../support/proxy/served-proxy.ts';

/** What lambda-reverse-proxy gets wrong; the numbers are those of the list of its defects. */
describe('functions of AWS', () => {
  let lambda: FunctionEndpoint;
  let status = 200;
  beforeEach(async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDENVIRONMENT');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    status = 200;
    lambda = await startFunctionEndpoint(() => ({ ...result({ statusCode: 200, body: 'fine' }), status }));
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await lambda[Symbol.asyncDispose]();
  });

  const routeTo = (keys: FileKeys): FileKeys => ({ hostname: '*', endpoint: lambda.url, ...keys });

  it('are called on kept connections (16)', async () => {
    await using proxy = await startTestProxy({ aws: [routeTo({ function_name: 'shop' })] });
    for (let at = 0; at < 5; at += 1) expect(told(await proxy.send())).toBe('200 fine');
    expect(lambda.connections).toBe(1);
  });

  it('are called once when Lambda has an error of its own (17)', async () => {
    status = 500;
    await using proxy = await startTestProxy({ aws: [routeTo({ function_name: 'shop' })] });
    expect(told(await proxy.send({ method: 'POST', body: 'once' }))).toBe('502 {"message":"Bad Gateway"}');
    expect(lambda.calls).toHaveLength(1);
  });

  it('are called with the credentials of a profile (18)', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'profile-'));
    const file = join(folder, 'credentials');
    await writeFile(file, '[shop]\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = secret\n');
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    vi.stubEnv('AWS_PROFILE', 'shop');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', file);
    await using proxy = await startTestProxy({ aws: [routeTo({ function_name: 'shop' })] });
    expect(told(await proxy.send())).toBe('200 fine');
    expect(lambda.calls[0]?.headers.authorization).toContain('Credential=AKIDPROFILE/');
    await rm(folder, { recursive: true });
  });

  it('are called in their own region, with their qualifier, at an endpoint of choice (19)', async () => {
    const arn = 'arn:aws:lambda:us-west-2:123456789012:function:shop';
    const aws = [
      routeTo({ hostname: 'a.example', function_name: 'shop', region: 'eu-north-1', qualifier: 'prod' }),
      routeTo({ hostname: 'b.example', function_name: `${arn}:live`, region: 'eu-north-1' }),
    ];
    await using proxy = await startTestProxy({ region: 'eu-west-3', aws });
    expect(told(await proxy.send({ host: 'a.example' }))).toBe('200 fine');
    expect(told(await proxy.send({ host: 'b.example' }))).toBe('200 fine');
    const seen = lambda.calls.map(({ path, headers }) => [
      path,
      /\/([a-z0-9-]+)\/lambda\//.exec(headers.authorization ?? '')?.[1],
    ]);
    expect(seen).toEqual([
      ['/2015-03-31/functions/shop/invocations?Qualifier=prod', 'eu-north-1'],
      [`/2015-03-31/functions/${encodeURIComponent(arn)}/invocations?Qualifier=live`, 'us-west-2'],
    ]);
  });
});
