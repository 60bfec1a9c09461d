import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/cli.ts';
import { readProxyConfig } from '../../../src/proxy/config.ts';
import { readmeOutput } from '../../support/readme.ts';
import { type RecordingTerminal, recordingTerminal } from '../../support/recording-terminal.ts';

let folder: string;
let terminal: RecordingTerminal;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxy-readme-'));
  terminal = recordingTerminal();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function run(...args: string[]): Promise<number> {
  const reconcile = () => Promise.reject(new Error('not asked for'));
  return runCli(['proxy', ...args], { terminal, env: {}, reconcile });
}

/** The YAML of the README that begins with a comment. */
function yamlOf(comment: string): string {
  const readme = readFileSync('README.md', 'utf8');
  const start = readme.indexOf(`\`\`\`yaml\n# ${comment}\n`);
  if (start === -1) throw new Error(`The README shows no YAML with the comment ${comment}.`);
  return readme.slice(start + '```yaml\n'.length, readme.indexOf('\n```', start));
}

it('shows in the README what proxy check says of its example', async () => {
  const file = join(folder, 'lrp.yaml');
  await writeFile(file, yamlOf('lrp.yaml'));
  expect(await run('check', file)).toBe(0);
  expect(terminal.out.join('\n').split('\n')).toEqual(
    readmeOutput('npx lambda-registrator proxy check lrp.yaml'),
  );
  expect(terminal.err).toEqual([]);
});

it('shows in the README what proxy check says of faults', async () => {
  const file = join(folder, 'faulty.yaml');
  const entry = '  - hostname: foo.example\n    endpoint: lambda-1:8080\n';
  await writeFile(file, `port: http\ninternal_route_proxy: x\nlocal:\n${entry}`);
  expect(await run('check', file)).toBe(78);
  const told = terminal.err.join('\n').replaceAll(file, 'faulty.yaml').split('\n');
  expect(told).toEqual(readmeOutput('npx lambda-registrator proxy check faulty.yaml'));
});

it('shows in the README what proxy event prints', async () => {
  const request = ['--host', 'shop.example', '--path', '/cart?id=7', '--method', 'POST'];
  const content = ['--header', 'content-type: application/json', '--body', '{"size":2}'];
  expect(await run('event', '--format', 'alb', ...request, ...content)).toBe(0);
  const [, ...shown] = readmeOutput(
    `npx lambda-registrator proxy event --format alb --host shop.example --path '/cart?id=7' \\`,
  );
  const withoutTrace = (lines: readonly string[]) => lines.filter((line) => !line.includes('trace-id'));
  expect(withoutTrace(terminal.out.join('\n').split('\n'))).toEqual(withoutTrace(shown));
});

it('shows every key in the README with its default', () => {
  const read = (text: string) => readProxyConfig(text, 'lrp.yaml', {});
  const text = yamlOf('every key of the proxy');
  const least = `
local: [{ hostname: foo.example, endpoint: "http://localhost:9000" }]
aws: [{ hostname: bar.example, function_name: orders }]
consul: {}
`;
  expect(read(text)).toEqual(read(least));
});

it('names in the README keys alone that the file may have', () => {
  const keys = yamlOf('every key of the proxy').replaceAll(/^( *)# (?=[a-z_]+:)/gm, '$1');
  const known = keys
    .replaceAll(/(token_file|ca_file): \S+/g, '$1: ""')
    .replaceAll(/^ *region, endpoint.*$/gm, '');
  const { config, warnings } = readProxyConfig(known, 'lrp.yaml', {});
  expect(warnings).toEqual([]);
  expect(config).toMatchObject({
    tls: { cert: 'tls.crt', key: 'tls.key' },
    admin: { address: '127.0.0.1', port: 9090 },
    routes: [{}, { qualifier: 'live', region: 'eu-west-1' }],
    consul: { place: { datacenter: 'dc1' } },
  });
});
