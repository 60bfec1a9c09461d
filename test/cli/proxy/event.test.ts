import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/cli.ts';
import { formatNames } from '../../../src/http/format-choice.ts';
import { type RecordingTerminal, recordingTerminal } from '../../support/recording-terminal.ts';

let terminal: RecordingTerminal;

beforeEach(() => {
  terminal = recordingTerminal();
});

function run(...args: string[]): Promise<number> {
  const reconcile = () => Promise.reject(new Error('not asked for'));
  return runCli(['proxy', 'event', ...args], { terminal, env: {}, reconcile });
}

/** The event that is printed for a request of `shop.example`. */
async function event(...args: string[]): Promise<unknown> {
  expect(await run('--host', 'shop.example', ...args)).toBe(0);
  return JSON.parse(terminal.out.at(-1) ?? '');
}

describe('proxy event', () => {
  it('prints the event of a request, for people to read', async () => {
    expect(await event('--path', '/a%2Fb?x=1&x=2', '--header', 'Accept: text/html')).toMatchObject({
      version: '2.0',
      rawPath: '/a%2Fb',
      rawQueryString: 'x=1&x=2',
      headers: {
        host: 'shop.example',
        accept: 'text/html',
        'x-amzn-trace-id': expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/) as unknown,
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-port': '8080',
        'x-forwarded-proto': 'http',
      },
      requestContext: { domainName: 'shop.example', http: { method: 'GET', sourceIp: '127.0.0.1' } },
      isBase64Encoded: false,
    });
    expect(terminal.out.at(-1)).toContain('\n  "version": "2.0",\n');
    expect(terminal.err).toEqual([]);
  });

  it.each(formatNames.filter((name) => name !== 'raw'))('knows the format %s', async (format) => {
    const printed = await event('--path', '/cart', '--format', format, '--method', 'POST', '--body', '{}');
    expect(JSON.stringify(printed)).toContain('/cart');
  });

  it('prints the body alone for raw, whatever it is', async () => {
    expect(await run('--host', 'h', '--path', '/', '--format', 'raw', '--body', 'hello')).toBe(0);
    expect(terminal.out).toEqual(['hello']);
  });

  it('has the settings of formats', async () => {
    const lists = await event('--path', '/?a=1&a=2', '--format', 'alb', '--multi-value-headers');
    expect(lists).toMatchObject({ multiValueQueryStringParameters: { a: ['1', '2'] } });
    expect(await event('--path', '/%61', '--decode-path')).toMatchObject({ rawPath: '/a' });
  });

  it('takes repeated headers, and text as UTF-8', async () => {
    const args = [
      '--header',
      'cookie: a=1',
      '--header',
      'x-name: é',
      '--header',
      'X-Name:two',
      '--header',
      'x-none:',
    ];
    expect(await event('--path', '/é', ...args)).toMatchObject({
      rawPath: '/\u00c3\u00a9',
      cookies: ['a=1'],
      headers: { 'x-name': '\u00c3\u00a9,two', 'x-none': '' },
    });
  });

  it('has the host of an absolute path for the host, as the proxy has', async () => {
    expect(await event('--path', 'http://B.example:81/x?y=1')).toMatchObject({
      rawPath: '/x',
      rawQueryString: 'y=1',
      headers: { host: 'B.example:81' },
      requestContext: { domainName: 'b.example' },
    });
  });

  it('knows that a body in chunks is base64 for envoy', async () => {
    const args = ['--path', '/', '--format', 'envoy', '--method', 'POST', '--body', '{}'];
    args.push('--header', 'content-type: application/json');
    expect(await event(...args)).toMatchObject({ body: '{}' });
    expect(await event(...args, '--header', 'Transfer-Encoding: chunked')).toMatchObject({ body: 'e30=' });
  });

  it.each([
    ['a path that is none', ['--host', 'h', '--path', 'x']],
    ['a path with blanks', ['--host', 'h', '--path', '/a b']],
    ['a host that is none', ['--host', 'a,b', '--path', '/']],
    ['a second host', ['--host', 'h', '--path', '/', '--header', 'host: h']],
    ['a header without a value', ['--host', 'h', '--path', '/', '--header', 'accept']],
    ['a header with a line end', ['--host', 'h', '--path', '/', '--header', 'a: b\r\nc: d']],
    ['a method with blanks', ['--host', 'h', '--path', '/', '--method', 'GET /']],
    ['a method in small letters', ['--host', 'h', '--path', '/', '--method', 'get']],
    ['a method that is none', ['--host', 'h', '--path', '/', '--method', 'BREW']],
    ['a coding that is none', ['--host', 'h', '--path', '/', '--header', 'transfer-encoding: gzip']],
    ['an unknown format', ['--host', 'h', '--path', '/', '--format', 'v2']],
    ['two bodies', ['--host', 'h', '--path', '/', '--body', 'x', '--body-file', 'y']],
    ['no host', ['--path', '/']],
    ['no path', ['--host', 'h']],
  ])('ends with 64 for %s', async (_what, args) => {
    expect(await run(...args)).toBe(64);
    expect(terminal.out).toEqual([]);
  });

  it('shows how it is used', async () => {
    expect(await run('--help')).toBe(0);
    expect(terminal.out.join('\n')).toMatch(/Examples:\n {2}\$ lambda-registrator proxy event --host/);
  });
});

describe('the body of proxy event', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'proxy-event-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('may be the bytes of a file', async () => {
    const file = join(folder, 'photo');
    await writeFile(file, Buffer.from([0, 255, 128]));
    expect(await event('--path', '/', '--method', 'PUT', '--body-file', file)).toMatchObject({
      headers: { 'content-length': '3' },
      body: 'AP+A',
      isBase64Encoded: true,
    });
  });

  it('ends with 66 for a file that cannot be read', async () => {
    expect(await run('--host', 'h', '--path', '/', '--body-file', join(folder, 'none'))).toBe(66);
    expect(terminal.err.join()).toContain(join(folder, 'none'));
  });
});
