import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/cli.ts';
import { type RecordingTerminal, recordingTerminal } from '../../support/recording-terminal.ts';

let folder: string;
let file: string;
let terminal: RecordingTerminal;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxy-check-'));
  file = join(folder, 'lrp.yaml');
  terminal = recordingTerminal();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function check(...args: string[]): Promise<number> {
  const reconcile = () => Promise.reject(new Error('not asked for'));
  return runCli(['proxy', 'check', ...args], { terminal, env: {}, reconcile });
}

describe('proxy check', () => {
  it('shows the routes of a file as a table', async () => {
    await writeFile(
      file,
      `
local:
  - { hostname: a.x, endpoint: "http://e:1" }
  - { hostname: a.x, endpoints: ["http://e:1", "http://e:2"], concurrency: 2, path_prefix: /p, strip_prefix: true, function_name: fn }
aws:
  - { hostname: "*", function_name: pay, qualifier: live, invocation: async, format: alb, concurrency: 5 }
  - { hostname: b.x, function_name: "arn:aws:lambda:eu-west-1:123456789012:function:pay" }
  - { hostname: c.x, function_name: pay, endpoint: "http://localhost:4566" }
`,
    );
    expect(await check(file)).toBe(0);
    expect(terminal.err).toEqual([]);
    const rows = (terminal.out[0] ?? '').split('\n').map((row) => row.split(/ {2,}/));
    expect(rows).toEqual([
      ['HOSTNAME', 'PATH', 'KIND', 'TARGET', 'FORMAT', 'INVOCATION', 'SLOTS'],
      ['a.x', '/', 'local', 'http://e:1', 'apigw-v2', 'sync', '1'],
      ['a.x', '/p (taken off)', 'local', 'fn at http://e:1, http://e:2', 'apigw-v2', 'sync', '4'],
      ['*', '/', 'aws', 'pay:live in eu-central-1', 'alb', 'async', '5'],
      ['b.x', '/', 'aws', 'arn:aws:lambda:eu-west-1:123456789012:function:pay', 'apigw-v2', 'sync', 'any'],
      ['c.x', '/', 'aws', 'pay at http://localhost:4566', 'apigw-v2', 'sync', 'any'],
    ]);
  });

  it('tells of routes from elsewhere, or none', async () => {
    await writeFile(file, 'consul: { address: consul.example.com }\n');
    expect(await check(file)).toBe(0);
    expect(terminal.out[0]).toBe(
      'The file has no routes.\nServices of Consul at consul.example.com:80 become routes, too.',
    );
  });

  it('puts warnings on standard error', async () => {
    await writeFile(file, 'internal_route_proxy: x\n');
    expect(await check(file)).toBe(0);
    expect(terminal.err).toEqual([
      `warning: ${file}:1: internal_route_proxy: unknown key, ignored; did you mean internal_route_prefix?`,
    ]);
  });

  it('prints routes and warnings for programs', async () => {
    await writeFile(file, 'aws:\n  - { hostname: h, function_name: f, decode_path: true, format: raw }\n');
    expect(await check(file, '--json')).toBe(0);
    expect(JSON.parse(terminal.out.join('\n'))).toEqual({
      valid: true,
      routes: [
        {
          hostname: 'h',
          path_prefix: '/',
          strip_prefix: false,
          kind: 'aws',
          target: 'f in eu-central-1',
          format: 'raw',
          invocation: 'sync',
          slots: null,
          queue: 1000,
          timeout_ms: 900_000,
        },
      ],
      consul: false,
      warnings: [`${file}:2: aws[0].decode_path: means nothing with format raw: it is for apigw-v2`],
    });
  });

  it('ends with 78 and every problem for a file that the proxy does not take', async () => {
    await writeFile(file, 'port: x\nhots: y\nlocal:\n  - endpoint: http://e\n');
    const problems = [
      `${file}:1: port: must be a port from 0 to 65535, not "x"`,
      `${file}:4: local[0].hostname: is required`,
    ];
    const warnings = [`${file}:2: hots: unknown key, ignored; did you mean host?`];
    expect(await check(file)).toBe(78);
    expect(terminal.out).toEqual([]);
    expect(terminal.err.join('\n').split('\n').slice(1)).toEqual([...problems, `warning: ${warnings[0]}`]);
    expect(await check(file, '--json')).toBe(78);
    expect(JSON.parse(terminal.out.join('\n'))).toEqual({ valid: false, problems, warnings });
  });

  it('ends with 66 for a file that cannot be read, and names it', async () => {
    expect(await check(file)).toBe(66);
    expect(terminal.err.join()).toContain(file);
    expect(await check(folder)).toBe(66);
  });

  it('is never taken for a file with the name check', async () => {
    expect(await check()).toBe(64);
    expect(terminal.err.join('\n')).toContain('lrp.yaml');
    expect(await check('--help')).toBe(0);
    expect(terminal.out.join('\n')).toMatch(/Examples:\n {2}\$ lambda-registrator proxy check lrp\.yaml/);
  });
});
