import { ref, Token } from 'cdktf';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { registratorOptions } from '../../src/registrator/config.ts';
import type { PassedOn } from '../inputs/common.ts';
import { passedOn as registratorPassedOn, registratorInputs } from '../inputs/registrator.ts';
import { passedOn as registryPassedOn } from '../inputs/registry.ts';
import { registratorModule } from '../module/modules.ts';
import { readSettings } from '../stacks/settings.ts';
import { snakeCase } from '../values/inputs.ts';
import {
  agentStack,
  ofType,
  only,
  proxyStack,
  registratorStack,
  registryStack,
} from './support/configurations.ts';
import { hashicorpInputs } from './support/hashicorp.ts';

const keys = 'arn:aws:kms:eu-central-1:123456789012:key/';

describe('a wrong property', () => {
  it.each<[string, Record<string, unknown>]>([
    [
      'sync_frequency_in_minutes must be a whole number from 1 to 1440, for example 5.',
      { syncFrequencyInMinutes: 0 },
    ],
    ['sync_frequency_in_minutes must be a whole number', { syncFrequencyInMinutes: 1.5 }],
    ['timeout must be a whole number from 1 to 900, for example 300.', { timeout: 901 }],
    ['consul_http_addr must be a Consul address', { consulHttpAddr: '' }],
    ['arch must be one of arm64, x86_64', { arch: 'arm' }],
    [
      'reserved_concurrent_executions must be a whole number of at least -1',
      { reservedConcurrentExecutions: -2 },
    ],
    ['name must be 1 to 64 letters', { name: 'a registrator' }],
    [
      'parameter_kms_key_arns must be a list, each element the ARN of a KMS key',
      { parameterKmsKeyArns: ['alias/x'] },
    ],
    ['subnet_ids and security_group_ids belong together', { subnetIds: ['subnet-1'] }],
    ['consul_ca_cert_path and ca_cert_path are one input', { consulCaCertPath: '/a', caCertPath: '/a' }],
    [
      'reserved_concurrent_executions below buffer_maximum_concurrency',
      { bufferEvents: true, bufferMaximumConcurrency: 5, reservedConcurrentExecutions: 4 },
    ],
    ['consul_http_addr must be a Consul address', { consulHttpAddr: 'consul:65536' }],
    ...[
      'ftp://consul:8500',
      'unix:///run/consul.sock',
      'http://consul:8500?dc=1',
      'consul/a b',
      'consul//a',
    ].map((consulHttpAddr): [string, Record<string, unknown>] => [
      'consul_http_addr must be a Consul address',
      { consulHttpAddr },
    ]),
    ['consul_datacenter must be empty or 1 to 128 letters', { consulDatacenter: 'dc 1' }],
    ['primary_datacenter must be empty or 1 to 128 letters', { primaryDatacenter: 'dc.1' }],
    ['terminating_gateway must be empty or a service name', { terminatingGateway: '*' }],
    [
      'consul_extension_data_prefix must be empty or a Parameter Store',
      { consulExtensionDataPrefix: '/a//b' },
    ],
    ['consul_extension_data_tier must be empty or one of Standard', { consulExtensionDataTier: 'Gold' }],
    ['extension_data_kms_key_arn must be the ARN of a KMS key', { extensionDataKmsKeyArn: 'alias/x' }],
    ['previous_owner_ids must be a list, each element 1 to 512', { previousOwnerIds: ['a,b'] }],
    ['partitions must be a list, each element the name', { enterprise: true, partitions: ['a_b'] }],
    ['partitions other than default need enterprise', { partitions: ['default', 'apps'] }],
    ['service_prefix must be empty or up to 128 letters', { servicePrefix: 'a b' }],
    ['owner_id must be empty or up to 512 printable', { ownerId: 'a b' }],
    ['permissions_boundary must be the ARN of an IAM policy', { permissionsBoundary: 'boundary' }],
    ['parameter_kms_key_arns must be a list', { parameterKmsKeyArns: [`${keys}*`] }],
    ['parameter_kms_key_arns must be a list', { parameterKmsKeyArns: [`${keys}1?`] }],
    ['ca_cert_path must be empty or the name or the ARN', { caCertPath: '/consul/*' }],
    ['ca_cert_path must be empty or the name or the ARN', { caCertPath: '/consul/' }],
    [
      'http_token_path must be empty or the name or the ARN',
      { httpTokenPath: 'arn:aws:ssm:eu-central-1:123456789012:parameter/?' },
    ],
    ['timeout must be a number, not "300"', { timeout: '300' }],
    ['consul_adress is unknown; known are name, arch,', { consulAdress: 'consul:8500' }],
  ])('is refused by the construct: %s', (message, props) => {
    expect(() => registratorStack(props)).toThrow(message);
  });

  it.each(['https://user:secret@consul:8501', 'user:secret@consul', 'http://consul/?token=secret'])(
    'is refused without being shown when it is the address %s',
    (consulHttpAddr) => {
      const refused = () => registratorStack({ consulHttpAddr });
      expect(refused).toThrow('credentials do not belong there');
      expect(refused).not.toThrow(/secret/);
    },
  );

  it('is named together with all others', () => {
    expect(() => registratorStack({ name: '', arch: 'arm' })).toThrow(/name must be[^]*arch must be/);
  });

  it.each<[string, Record<string, unknown>]>([
    ['authorization must be one of iam, jwt, none', { authorization: 'open' }],
    ['authorization "jwt" needs jwt_issuer and jwt_audience', { authorization: 'jwt' }],
    ['subnet_ids and security_group_ids belong together', { subnetIds: ['subnet-1'] }],
    ['bind must be empty or a comma list of addresses', { bind: 'web:80' }],
    ['tls_bind needs tls_cert', { tlsBind: ':443' }],
    ['nameservers must be empty or a comma list of IP addresses', { nameservers: 'ns.example.com' }],
    ['base_path must be empty or a path such as /registry', { basePath: '/a b' }],
    ['base_path must be empty or a path such as /registry', { basePath: '//a' }],
    ['bad_candidates must be empty or one of refuse, skip', { badCandidates: 'ignore' }],
    ['tables must be a list, each element 1 to 255 characters without commas', { tables: ['a,b'] }],
    ['s3_bucket and s3_key belong together', { s3Bucket: 'releases' }],
    [
      'authorization "jwt" needs api_type "http"',
      { authorization: 'jwt', jwtIssuer: 'https://id', jwtAudience: ['a'], apiType: 'rest' },
    ],
  ])('of a registry is refused: %s', (message, props) => {
    expect(() => registryStack(props)).toThrow(message);
  });
});

describe('a wrong property of a task', () => {
  const arn = 'arn:aws:ssm:eu-central-1:123456789012:parameter/x';

  it.each<[string, Record<string, unknown>]>([
    ['name must be 1 to 54 letters', { name: 'a'.repeat(55) }],
    ['image must be the address of an image, for example', { image: '' }],
    ['image_repository_arn must be the ARN of a repository', { imageRepositoryArn: 'proxy' }],
    ['cluster_name must be the name of a cluster, not its ARN', { clusterName: 'arn:aws:ecs:x:y:cluster/z' }],
    ['capacity must be one of FARGATE, EC2', { capacity: 'fargate' }],
    ['vpc_id must be the id of a VPC', { vpcId: '10.0.0.0/16' }],
    ['subnet_ids must be a list, each element the id of a subnet', { subnetIds: ['eu-central-1a'] }],
    ['subnet_ids must name at least one subnet', { subnetIds: [] }],
    ['allowed_cidr_blocks must be a list, each element an IPv4 network', { allowedCidrBlocks: ['10.0.0.1'] }],
    ['target_group_arn must be the ARN of a target group', { targetGroupArn: 'web' }],
    ['name must not begin with sg-', { name: 'sg-proxy' }],
    ['cpu and memory must be a size that Fargate has', { cpu: 512, memory: 512 }],
    ['cpu and memory must be a size that Fargate has', { cpu: 300, memory: 1024 }],
    ['cpu and memory must be a size that Fargate has', { cpu: 1024, memory: 3000 }],
    ['assign_public_ip needs capacity "FARGATE"', { capacity: 'EC2', assignPublicIp: true }],
    ['environment must be a map, each name letters, digits', { environment: { 'a-b': 'c' } }],
    ['environment and secrets must not have AWS_REGION', { environment: { AWS_REGION: 'x' } }],
    ['environment and secrets must not have AWS_REGION', { secrets: { AWS_REGION: arn } }],
    ['environment and secrets must not have the same name', { environment: { A: 'b' }, secrets: { A: arn } }],
    ['secrets must be a map, each name letters', { secrets: { TOKEN: 'the-token-itself' } }],
    ['secret_files must be a map, each name letters', { secretFiles: { '../x': arn } }],
    ['stop_timeout_in_seconds must be a whole number from 2 to 120', { stopTimeoutInSeconds: 121 }],
    ['function_arns must be a list, each element the ARN of a function', { functionArns: ['shop'] }],
    ['function_arns must name at least one function', { functionArns: [] }],
    ['assumed_role_arns must be a list, each element the ARN of a role', { assumedRoleArns: ['invoke'] }],
    ['configuration must be YAML in lines', { configuration: '{ aws: [] }' }],
    ['configuration must be YAML in lines', { configuration: 'aws: []\n"admin" : {}' }],
    ['configuration must be YAML in lines', { configuration: 'port: 80' }],
    ['port must be another than 9090', { port: 9090 }],
    ['internal_route_prefix must be 1 to 64 letters', { internalRoutePrefix: '/internal' }],
  ])('is refused: %s', (message, props) => {
    expect(() => proxyStack(props)).toThrow(message);
  });

  it.each<[string, Record<string, unknown>]>([
    ['environment and secrets must not have AWS_REGION, BIND, HEALTH_BIND', { environment: { BIND: ':80' } }],
    ['port must be a whole number from 1024 to 65535', { port: 80 }],
    ['port must be another than 3000', { port: 3000 }],
    ['trusted_proxies must be a list, each element a network', { trustedProxies: ['balancer'] }],
    ['log_level must be one of', { logLevel: 'loud' }],
  ])('of an agent is refused: %s', (message, props) => {
    expect(() => agentStack(props)).toThrow(message);
  });

  it.each([
    [256, 512],
    [256, 2048],
    [512, 4096],
    [4096, 30_720],
    [8192, 20_480],
    [16_384, 122_880],
  ])('is not a size of Fargate as %i with %i', (cpu, memory) => {
    expect(() => proxyStack({ cpu, memory })).not.toThrow();
  });

  it('is none in the lines of a route that has a port or a host of its own', () => {
    const configuration = 'local:\n  - hostname: a.example.com\n    endpoint: http://a:8080\n# port: 80\n';
    expect(() => proxyStack({ configuration })).not.toThrow();
  });

  it('is not looked for in what only Terraform knows', () => {
    const unknown = Token.asString(ref('aws_subnet.private.id'));
    const secret = Token.asString(ref('aws_ssm_parameter.token.arn'));
    const configuration = agentStack({ subnetIds: [unknown], secrets: { CONSUL_HTTP_TOKEN: secret } });
    expect(only(configuration, 'aws_ecs_service')['network_configuration']).toMatchObject({
      subnets: ['${aws_subnet.private.id}'],
    });
    const reads = JSON.stringify(ofType(configuration, 'aws_iam_policy_document', 'data'));
    expect(reads).toContain('ssm:GetParameters');
    expect(reads).toContain('secretsmanager:GetSecretValue');
  });
});

describe('the address of Consul', () => {
  it.each([
    'consul',
    'consul:8500',
    'https://[2001:db8::1]:8501',
    'https://gate.example.com/consul',
    'HTTP://c:80/a/b/',
  ])('may be %s', (consulHttpAddr) => {
    expect(() => registratorStack({ consulHttpAddr })).not.toThrow();
  });
});

describe('a settings file', () => {
  function settingsFile(text: string): string {
    const folder = mkdtempSync(join(tmpdir(), 'settings-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'settings.json');
    writeFileSync(path, text);
    return path;
  }

  it.each([
    [
      '{"region":"eu-central-1","registrator":{"consul_adress":"x"}}',
      'registrator.consul_adress is unknown; known are name,',
    ],
    [
      '{"region":"eu-central-1","registrar":{}}',
      'registrar is unknown; known are region, backend, registrator, registry, proxy, agent',
    ],
    ['{"registrator":{}}', 'region is required'],
    ['region: eu-central-1', 'cannot be read as JSON'],
    ['[]', 'the file must be an object of settings'],
    ['{"region":"","registrator":{}}', 'region is required'],
    ['{"region":"eu-central-1"}', 'one of registrator, registry, proxy, agent is required'],
    ['{"region":"eu-central-1","registrator":null}', 'registrator must be an object of settings, not null'],
    ['{"region":"eu-central-1","registry":"yes"}', 'registry must be an object of settings, not "yes"'],
    ['{"region":"eu-central-1","registry":{},"backend":"s3"}', 'backend must be an object of settings'],
    [
      '{"region":"eu-central-1","registry":{},"backend":{"bucket":"b","key":"","profile":"p"}}',
      'backend.profile is unknown; backend.key is required; backend.region is required',
    ],
  ])('%s is refused', (text, message) => {
    expect(() => readSettings(settingsFile(text))).toThrow(message);
  });

  it('names inputs as the modules do', () => {
    const path = settingsFile(
      '{"region":"eu-central-1","registrator":{"name":"r","consul_http_addr":"consul:8500"}}',
    );
    expect(readSettings(path).registrator).toEqual({ name: 'r', consulHttpAddr: 'consul:8500' });
  });
});

describe('the rule of an input that is passed on', () => {
  const samples =
    'sync SYNC upsert-only upsert auto meta envoy-extension text legacy true True FALSE t 1 0 -1 1.5 0.05 100 101 1e3 31536001 1.0 tRUE T x a_b.c :80 :65536 *:80,[::1]:80 127.0.0.1:8404 256.0.0.1:80 web:80 refuse Skip 10.0.0.2 2001:db8::1 [2001:db8::1]:53 /registry registry/ / //a Standard intelligent-tiering'.split(
      ' ',
    );
  const tables = { ...registratorPassedOn, ...registryPassedOn };
  const ruled = Object.entries<PassedOn>(tables).flatMap(([name, { option, rule }]) =>
    rule === undefined ? [] : [{ name, option, rule }],
  );

  it.each(ruled)('$name is the rule of the program', ({ option, rule }) => {
    const { schema } = option as unknown as { schema: { safeParse(value: string): { success: boolean } } };
    const accepted = samples.filter((sample) => schema.safeParse(sample).success);
    expect(samples.filter((sample) => rule.allows(sample))).toEqual(accepted);
  });

  it.each([
    ['consulDatacenter', 'datacenter'],
    ['primaryDatacenter', 'primaryDatacenter'],
    ['terminatingGateway', 'terminatingGateway'],
    ['consulExtensionDataPrefix', 'extensionPrefix'],
    ['consulExtensionDataTier', 'extensionTier'],
  ] as const)('%s is the rule of the program, or empty', (input, option) => {
    const { schema } = registratorOptions[option];
    const accepted = samples.filter((sample) => schema.safeParse(sample).success);
    expect(accepted).not.toEqual([]);
    const { rule } = registratorInputs[input];
    expect(['', ...samples].filter((sample) => rule?.allows(sample))).toEqual(['', ...accepted]);
  });
});

describe("the registrator's module", () => {
  it("has every input of HashiCorp's", () => {
    const inputs = Object.keys(registratorModule().inputs).map(snakeCase);
    expect(inputs).toEqual(expect.arrayContaining([...hashicorpInputs]));
    expect(inputs).toEqual(expect.arrayContaining(['ca_cert_path', 'http_token_path']));
  });

  it('requires a name and an address only', () => {
    const needed = Object.entries(registratorModule().inputs).filter(
      ([, input]) => input.fallback === undefined,
    );
    expect(needed.map(([name]) => snakeCase(name)).toSorted()).toEqual(['consul_http_addr', 'name']);
  });
});
