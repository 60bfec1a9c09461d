import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { optionTable } from '../../src/config/options.ts';
import { registratorOptions } from '../../src/registrator/config.ts';
import { problemsOf, read } from '../support/registrator/config.ts';

const certificate = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const key = '-----BEGIN PRIVATE KEY-----\nb1gk3y\n-----END PRIVATE KEY-----\n';
const folder = mkdtempSync(path.join(tmpdir(), 'registrator-config-'));
const certificateFile = path.join(folder, 'ca.pem');
writeFileSync(certificateFile, certificate);
afterAll(() => rmSync(folder, { recursive: true }));

describe('the configuration', () => {
  it('needs nothing but the address of Consul', () => {
    expect(read()).toEqual({
      address: { host: 'consul.example.com', port: 8501, secure: false, path: '' },
      sslVerify: true,
      serverName: undefined,
      tokenParameter: undefined,
      tokenFile: undefined,
      token: undefined,
      auth: undefined,
      caParameter: undefined,
      ca: undefined,
      clientCert: undefined,
      clientKey: undefined,
      nodeName: 'lambdas',
      datacenter: undefined,
      primaryDatacenter: undefined,
      enterprise: false,
      partitions: [],
      terminatingGateway: undefined,
      extension: undefined,
      syncPeriod: 5,
      ownerId: undefined,
      previousOwnerIds: [],
      policy: 'sync',
      maxDeletePercent: 50,
      servicePrefix: '',
      format: 'auto',
      adoptUnowned: false,
      concurrency: 16,
      awsRequestsPerSecond: 8,
      pageSize: 100,
      logLevel: 'info',
      warnings: [],
    });
    expect(problemsOf({ CONSUL_HTTP_ADDR: '' })).toEqual(['CONSUL_HTTP_ADDR is required']);
  });

  it('takes the environment of the Go registrator as it is', () => {
    const config = read({
      CONSUL_HTTP_ADDR: 'https://consul.example.com:8501',
      CONSUL_HTTP_SSL: 'true',
      CONSUL_CACERT_PATH: '/registrator/ca',
      CONSUL_HTTP_TOKEN_PATH: 'arn:aws:ssm:eu-west-1:123456789012:parameter/registrator/token',
      CONSUL_EXTENSION_DATA_PREFIX: '',
      CONSUL_EXTENSION_DATA_TIER: 'Standard',
      NODE_NAME: 'lambdas',
      ENTERPRISE: 'false',
      PARTITIONS: '',
      LOG_LEVEL: 'INFO',
      PAGE_SIZE: '50',
      DATACENTER: 'dc1',
    });
    expect(config).toMatchObject({
      address: { host: 'consul.example.com', port: 8501, secure: true, path: '' },
      caParameter: '/registrator/ca',
      tokenParameter: 'arn:aws:ssm:eu-west-1:123456789012:parameter/registrator/token',
      nodeName: 'lambdas',
      datacenter: 'dc1',
      logLevel: 'info',
      pageSize: 50,
    });
  });

  it('takes every other setting', () => {
    const env = {
      CONSUL_HTTP_SSL_VERIFY: 'f',
      CONSUL_TLS_SERVER_NAME: 'server.dc1.consul',
      CONSUL_HTTP_TOKEN: 'b1gs3cr3t',
      CONSUL_CACERT: certificateFile,
      CONSUL_CLIENT_CERT: certificate,
      CONSUL_CLIENT_KEY: key,
      PRIMARY_DATACENTER: 'dc1',
      TERMINATING_GATEWAY: 'to-lambda',
      SYNC_PERIOD: '0.1',
      OWNER_ID: 'team-a',
      PREVIOUS_OWNER_IDS: 'team-b, 123456789012/eu-west-1/lambdas,',
      SYNC_POLICY: 'UPSERT-ONLY',
      MAX_DELETE_PERCENT: '12.5',
      SERVICE_PREFIX: 'fn-',
      SERVICE_DEFAULTS_FORMAT: 'meta',
      ADOPT_UNOWNED: 'T',
      CONCURRENCY: '1',
      AWS_REQUESTS_PER_SECOND: '0.5',
      LOG_LEVEL: 'Debug',
    };
    const config = read(env);
    expect(config).toMatchObject({
      sslVerify: false,
      serverName: 'server.dc1.consul',
      ca: certificate,
      clientCert: certificate,
      primaryDatacenter: 'dc1',
      terminatingGateway: 'to-lambda',
      syncPeriod: 0.1,
      ownerId: 'team-a',
      previousOwnerIds: ['team-b', '123456789012/eu-west-1/lambdas'],
      policy: 'upsert-only',
      maxDeletePercent: 12.5,
      servicePrefix: 'fn-',
      format: 'meta',
      adoptUnowned: true,
      concurrency: 1,
      awsRequestsPerSecond: 0.5,
      logLevel: 'debug',
    });
    expect([config.token?.reveal(), config.clientKey?.reveal()]).toEqual(['b1gs3cr3t', key]);
    expect(inspect(config, { depth: 9 })).not.toMatch(/b1gs3cr3t|b1gk3y/);
  });

  it.each([
    ['1', 1, 0],
    ['100', 100, 0],
    ['101', 100, 1],
    ['5000', 100, 1],
    ['123456789012', 100, 1],
    ['50.5', 51, 0],
  ])('reads PAGE_SIZE=%s as %d', (value, pageSize, warnings) => {
    const config = read({ PAGE_SIZE: value });
    expect(config.pageSize).toBe(pageSize);
    expect(config.warnings).toHaveLength(warnings);
    expect(config.warnings.every((warning) => warning.includes(value))).toBe(true);
  });

  it.each([
    ['CONSUL_HTTP_ADDR', 'con sul'],
    ['CONSUL_HTTP_SSL', 'yes'],
    ['CONSUL_HTTP_SSL_VERIFY', 'no'],
    ['CONSUL_HTTP_TOKEN_PATH', 'a b'],
    ['CONSUL_CACERT_PATH', 'päth'],
    ['ENTERPRISE', 'maybe'],
    ['NODE_NAME', 'a/b'],
    ['NODE_NAME', 'a'.repeat(129)],
    ['DATACENTER', 'dc 1'],
    ['DATACENTER', 'dc.1'],
    ['PRIMARY_DATACENTER', 'dc 1'],
    ['TERMINATING_GATEWAY', '*'],
    ['TERMINATING_GATEWAY', '-gateway'],
    ['TERMINATING_GATEWAY', 'g'.repeat(129)],
    ['CONSUL_EXTENSION_DATA_PREFIX', '/'],
    ['CONSUL_EXTENSION_DATA_PREFIX', '/a//b'],
    ['CONSUL_EXTENSION_DATA_PREFIX', '/a b'],
    ['CONSUL_EXTENSION_DATA_PREFIX', '/a'.repeat(13)],
    ['CONSUL_EXTENSION_DATA_TIER', 'Gold'],
    ['CONSUL_EXTENSION_DATA_KMS_KEY', 'my key'],
    ['SYNC_PERIOD', '0'],
    ['SYNC_PERIOD', '1441'],
    ['OWNER_ID', 'team a'],
    ['OWNER_ID', 'a'.repeat(513)],
    ['SYNC_POLICY', 'delete'],
    ['MAX_DELETE_PERCENT', '-1'],
    ['MAX_DELETE_PERCENT', '101'],
    ['MAX_DELETE_PERCENT', 'all'],
    ['SERVICE_PREFIX', 'fn/'],
    ['SERVICE_DEFAULTS_FORMAT', 'both'],
    ['ADOPT_UNOWNED', 'yes'],
    ['CONCURRENCY', '0'],
    ['CONCURRENCY', '1.5'],
    ['AWS_REQUESTS_PER_SECOND', '0'],
    ['PAGE_SIZE', '0'],
    ['PAGE_SIZE', '-5'],
    ['PAGE_SIZE', 'many'],
    ['LOG_LEVEL', 'loud'],
  ])('refuses %s=%s in a message that names both', (name, value) => {
    const problems = problemsOf({ [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`${name} must be `);
    expect(problems[0]).toContain(JSON.stringify(value));
  });

  it.each([
    ['CONSUL_NAMESPACE', 'namespace'],
    ['CONSUL_PARTITION', 'partition'],
  ])('says that %s is what the tag %s is for', (name, tag) => {
    expect(problemsOf({ [name]: 'default' })).toEqual([
      expect.stringMatching(`^${name} is not supported; .*/v1alpha1/lambda/${tag}$`) as string,
    ]);
    expect(problemsOf({ [name]: '' })).toEqual([]);
  });

  it('tells which certificate can be read neither as PEM nor as a file', () => {
    const problems = problemsOf({ CONSUL_CACERT: '/no/such/file.pem', NODE_NAME: 'a b' });
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual(['CONSUL_CACERT', 'NODE_NAME']);
  });

  it('tells every problem at once and no secret', () => {
    const env = {
      CONSUL_HTTP_ADDR: 'https://me:b1gs3cr3t@consul',
      CONSUL_HTTP_AUTH: 'b1gs3cr3t',
      CONSUL_HTTP_TOKEN: 'b1gs3cr3t b1gs3cr3t',
      CONSUL_HTTP_TOKEN_FILE: '/no/such/file',
      CONSUL_CAPATH: '/etc/ssl/certs',
      CONSUL_CLIENT_KEY: 'b1gk3y',
      PARTITIONS: 'apps',
      CONCURRENCY: '0',
      LOG_LEVEL: 'loud',
    };
    const problems = problemsOf(env);
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'PARTITIONS',
      'CONSUL_CLIENT_CERT',
      'CONSUL_CAPATH',
      'CONSUL_HTTP_ADDR',
      'CONSUL_HTTP_TOKEN_FILE',
      'CONSUL_HTTP_TOKEN',
      'CONSUL_HTTP_AUTH',
      'CONSUL_CLIENT_KEY',
      'CONCURRENCY',
      'LOG_LEVEL',
    ]);
    expect(problems.join()).not.toMatch(/b1gk3y|b1gs3cr3t/);
  });

  it('has a row of the option table for every variable', () => {
    const rows = optionTable(registratorOptions).split('\n');
    expect(rows).toHaveLength(2 + Object.keys(registratorOptions).length);
    expect(rows.filter((row) => row.split('|').length !== 5)).toEqual([]);
  });
});
