import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAppError } from '../../src/core/errors.ts';
import { readProxyConfig } from '../../src/proxy/config.ts';
import { proxyFile } from '../../src/proxy/file/schema.ts';
import { awsEntry, localEntry } from '../../src/proxy/file/routes.ts';
import { consulSection } from '../../src/proxy/file/consul.ts';
import { tries } from '../support/explorations.ts';

/** What is said of a file that is not taken. */
function problemsIn(text: string): readonly string[] {
  try {
    readProxyConfig(text, 'lrp.yaml', {});
  } catch (error) {
    if (!isAppError(error, 'CONFIG_INVALID')) throw error;
    return error.message.split('\n').slice(1);
  }
  return [];
}

const warningsIn = (text: string) => readProxyConfig(text, 'lrp.yaml', {}).warnings;

const local = (...keys: string[]) => `local:\n  - hostname: h\n    ${keys.join('\n    ')}`;
const aws = (...keys: string[]) => `aws:\n  - hostname: h\n    ${keys.join('\n    ')}`;
const ok = 'endpoint: http://e';
const arn = 'arn:aws:lambda:eu-west-1:123456789012:function:pay';

describe('problems', () => {
  it.each([
    ['region: Frankfurt', '1: region: must be a region such as eu-west-1'],
    ['host: 1.2.3', '1: host: must be an IPv4 address, an IPv6 address or a host name'],
    ['\nport: http', '2: port: must be a port from 0 to 65535'],
    ['internal_route_prefix: a b', '1: internal_route_prefix: must be segments of'],
    ['internal_routes: "no"', '1: internal_routes: must be true or false'],
    ['workers: 0', '1: workers: must be a whole number from 1 to 1024, or auto'],
    ['trusted_proxies: 10.0.0.1', '1: trusted_proxies: must be a list'],
    ['trusted_proxies:\n  - proxy', '2: trusted_proxies[0]: must be a network'],
    ['tls:\n  cert: a', '1: tls.key: is required'],
    ['tls: { cert: "", key: k }', '1: tls.cert: must be the name of a file'],
    ['admin: 9090', '1: admin: must be a mapping'],
    ['limits:\n  connections: 0', '2: limits.connections: must be a whole number from 1 to 1000000'],
    ['limits:\n  header_timeout: 0', '2: limits.header_timeout: must be a number of seconds or a duration'],
    ['local: x', '1: local: must be a list'],
    ['local:\n  - [a]', '2: local[0]: must be a mapping of keys to values'],
    ['local:\n  - - hostname: a', '2: local[0]: must be a mapping of keys to values'],
    ['local:\n  -', '2: local[0]: must be a mapping of keys to values'],
    ['aws:\n  - [a]', '2: aws[0]: must be a mapping of keys to values'],
    ['consul: [1]', '1: consul: must be a mapping of keys to values'],
    ['trusted_proxies: [~]', '1: trusted_proxies[0]: must be text'],
    ['local:\n  - endpoint: http://e', '2: local[0].hostname: is required'],
    [
      'local:\n  - hostname: "*.*"\n    endpoint: http://e',
      '2: local[0].hostname: must be a host name, *. and',
    ],
    [local('path_prefix: /'), '2: local[0]: must have either endpoint or endpoints'],
    [local(ok, 'endpoints: [http://f]'), '2: local[0]: must have either endpoint or endpoints'],
    [
      local('endpoint: lambda-1:8080'),
      '3: local[0].endpoint: must be a URL as http://lambda-1:8080, without',
    ],
    [local('endpoint: http://e?x=1'), '3: local[0].endpoint: must be a URL'],
    [local('endpoint: ftp://e'), '3: local[0].endpoint: must be a URL'],
    [local('endpoints:', '  - http://e', '  - f'), '5: local[0].endpoints[1]: must be a URL'],
    [local(ok, 'path_prefix: api'), '4: local[0].path_prefix: must be /, or segments'],
    [local(ok, 'function_name: a b'), '4: local[0].function_name: must be up to 256 printable'],
    [local(ok, 'concurrency: 0'), '4: local[0].concurrency: must be a whole number from 1 to'],
    [local(ok, 'queue: { size: -1 }'), '4: local[0].queue.size: must be a whole number from 0'],
    [local(ok, 'timeout: 1h'), '4: local[0].timeout: must be a number of seconds or a duration'],
    [local(ok, 'format: apigw'), '4: local[0].format: must be one of apigw-v2, function-url,'],
    [local(ok, 'invocation: Event'), '4: local[0].invocation: must be one of sync, async,'],
    [aws('region: eu-west-1'), '2: aws[0].function_name: is required'],
    [aws('function_name: a.b'), '3: aws[0].function_name: must be the name or ARN of a function'],
    [aws('function_name: 7'), '3: aws[0].function_name: must be text, in quotes'],
    [aws(`function_name: ${arn}:a`, 'qualifier: b'), '4: aws[0].qualifier: must be the qualifier that'],
    [aws('function_name: f', 'qualifier: a.b'), '4: aws[0].qualifier: must be an alias or a version'],
    [aws('function_name: f', 'qualifier: 1.5'), '4: aws[0].qualifier: must be an alias or a version'],
    [
      aws('function_name: f', 'assume_role_arn: admin'),
      '4: aws[0].assume_role_arn: must be the ARN of a role',
    ],
    [aws('function_name: f', 'external_id: "a b"'), '4: aws[0].external_id: must be 2 to 1224'],
    ['consul: { address: "unix:///x" }', '1: consul.address: must be host:port'],
    ['consul: { domain: "*.x" }', '1: consul.domain: must be a domain as lambda.internal'],
    ['consul: { namespace: a/b }', '1: consul.namespace: must be 1 to 128 letters'],
    ['consul: { format: any }', '1: consul.format: must be one of auto, apigw-v2,'],
  ])('are told of %j', (text, problem) => {
    const problems = problemsIn(text);
    expect(problems).toEqual([expect.stringContaining(`lrp.yaml:${problem}`)]);
  });

  it('are told together, those between keys too', () => {
    expect(problemsIn(`port: x\n${local('timeout: x', 'queue: { size: x }')}`)).toEqual([
      expect.stringMatching(/^lrp\.yaml:1: port: /),
      'lrp.yaml:3: local[0]: must have either endpoint or endpoints',
      expect.stringMatching(/^lrp\.yaml:4: local\[0\]\.timeout: /),
      expect.stringMatching(/^lrp\.yaml:5: local\[0\]\.queue\.size: /),
    ]);
  });

  it('never show tokens and passwords', () => {
    const uuid = '3f2b1c9e-0000-4000-8000-000000000000';
    const text = `
local:
  - hostname: h
    endpoint: http://me:s3cret@e
consul:
  address: http://me:s3cret@consul
  token: s3cret and more
  token_file: ${uuid}
`;
    const problems = problemsIn(text);
    expect(problems).toEqual([
      'lrp.yaml:4: local[0].endpoint: must be without user and password',
      'lrp.yaml:6: consul.address: must be without user and password',
      'lrp.yaml:7: consul.token: must hold an ACL token: one word of printable characters',
      expect.stringMatching(/^lrp\.yaml:8: consul\.token_file: /),
      'lrp.yaml:8: consul.token_file: must be left out where token is given',
    ]);
    expect(problems.join()).not.toMatch(/s3cret|3f2b1c9e/);
  });
});

describe('warnings', () => {
  it('name entries that later ones with the same hostname and prefix overrule', () => {
    const text = `
local:
  - hostname: Foo.
    endpoint: http://a
  - { hostname: foo, endpoint: http://b, path_prefix: /api/ }
  - { hostname: foo, endpoint: http://c, path_prefix: /api }
aws:
  - hostname: foo
    function_name: f
`;
    const { config, warnings } = readProxyConfig(text, 'lrp.yaml', {});
    expect(warnings).toEqual([
      'lrp.yaml:3: local[0]: has no effect: aws[0] on line 8 has foo too, and the last one wins',
      'lrp.yaml:5: local[1]: has no effect: local[2] on line 6 has foo/api too, and the last one wins',
    ]);
    expect(config.routes).toMatchObject([
      { kind: 'local', pathPrefix: '/api', endpoints: ['http://c'] },
      { kind: 'aws', pathPrefix: '/' },
    ]);
  });

  it.each([
    [
      local(ok, 'multi_value_headers: true'),
      '4: local[0].multi_value_headers: means nothing with format apigw-v2',
    ],
    [local(ok, 'format: raw', 'decode_path: true'), '5: local[0].decode_path: means nothing with format raw'],
    [aws(`function_name: ${arn}`, 'region: eu-west-2'), '4: aws[0].region: has no effect: the ARN'],
    [
      aws('function_name: f', 'external_id: id'),
      '4: aws[0].external_id: means nothing without assume_role_arn',
    ],
    [
      aws('function_name: f', 'streaming: true', 'invocation: async'),
      '4: aws[0].streaming: means nothing with invocation async',
    ],
    [local(ok, 'qualifier: x'), '4: local[0].qualifier: unknown key, ignored'],
    ['consul: { adress: "x:1" }', '1: consul.adress: unknown key, ignored; did you mean address?'],
  ])('name keys without a meaning: %j', (text, warning) => {
    expect(warningsIn(text)).toEqual([expect.stringContaining(`lrp.yaml:${warning}`)]);
  });

  it('are not given for what changes nothing', () => {
    expect(warningsIn(local(ok, 'multi_value_headers: false', 'format: raw', 'decode_path: false'))).toEqual(
      [],
    );
    expect(warningsIn(aws(`function_name: ${arn}`, 'region: eu-west-1'))).toEqual([]);
  });
});

it('are told of values of any shape under any key', () => {
  const anything = fc.oneof(
    fc.constantFrom(null, true, 0, 1.5, '', 'a', '/a', 'http://a'),
    fc.constantFrom([], ['a'], [['a']], [null], {}, { a: 1 }, [{ hostname: 'h' }]),
  );
  const mapping = (shape: object) => fc.dictionary(fc.constantFrom(...Object.keys(shape)), anything);
  const list = (shape: object) => fc.array(fc.oneof(mapping(shape), anything), { maxLength: 3 });
  const sections = {
    local: list(localEntry.shape),
    aws: list(awsEntry.shape),
    consul: mapping(consulSection.shape),
  };
  fc.assert(
    fc.property(mapping(proxyFile.shape), fc.record(sections, { requiredKeys: [] }), (keys, entries) => {
      expect(() => problemsIn(JSON.stringify({ ...keys, ...entries }))).not.toThrow();
    }),
    tries(300),
  );
});
