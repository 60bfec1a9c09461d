import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readProxyConfig } from '../../src/proxy/config.ts';
import { blocksOf } from './pages.ts';

const [file = ''] = blocksOf(readFileSync('docs/proxy.md', 'utf8'))
  .filter(({ lines }) => lines[0] === '# every key of the proxy')
  .map(({ lines }) => lines.join('\n'));

it('shows every key with its default', () => {
  const read = (text: string) => readProxyConfig(text, 'lrp.yaml', {});
  const least = `
local: [{ hostname: foo.example, endpoint: "http://localhost:9000" }]
aws: [{ hostname: bar.example, function_name: orders }]
consul: {}
`;
  expect(read(file)).toEqual(read(least));
});

it('names keys alone that the file may have', () => {
  const keys = file.replaceAll(/^( *)# (?=[a-z_]+:)/gm, '$1');
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
