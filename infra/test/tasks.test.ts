import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readAgentConfig } from '../../src/agent/config.ts';
import { readProxyConfig } from '../../src/proxy/config.ts';
import { isObject, type Json, type JsonObject } from '../module/expressions.ts';
import {
  agentStack,
  at,
  everythingOfAgent,
  everythingOfProxy,
  ofType,
  only,
  proxyStack,
  textOf,
} from './support/configurations.ts';
import { list } from './support/statements.ts';

/** The containers of a task: which writes the files, and the program. */
function containers(configuration: JsonObject): [writer: JsonObject, program: JsonObject] {
  const locals = isObject(configuration['locals']) ? Object.entries(configuration['locals']) : [];
  const [, found] = locals.find(([name]) => name.includes('containers')) ?? [];
  const [writer, program] = list(found).filter(isObject);
  if (writer === undefined || program === undefined) throw new Error('There are not two containers.');
  return [writer, program];
}

function variables(container: JsonObject): Record<string, string> {
  const pairs = list(container['environment']).map((one) => [
    textOf(at(one, 'name')),
    textOf(at(one, 'value')),
  ]);
  return Object.fromEntries(pairs) as Record<string, string>;
}

const words = (value: Json | undefined) => list(value).map(textOf);

/** Runs what the first container runs, and gives the file that it left for the program. */
function written(configuration: JsonObject, secrets: Record<string, string> = {}) {
  const [writer] = containers(configuration);
  const cwd = mkdtempSync(join(tmpdir(), 'files-'));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  const [program = '', ...args] = [...words(writer['entryPoint']), ...words(writer['command'])];
  execFileSync(program, args, { cwd, env: { PATH: process.env['PATH'], ...variables(writer), ...secrets } });
  return (name: string) => readFileSync(join(cwd, name), 'utf8');
}

describe('the file of a proxy', () => {
  it('is what the proxy reads, with where it listens and is asked', () => {
    const configuration = 'aws:\n  - { hostname: shop.example.com, function_name: shop }';
    const text = written(proxyStack({ configuration, port: 8081, internalRoutePrefix: 'lb' }))(
      'configuration',
    );
    const { config, warnings } = readProxyConfig(text, 'configuration', {});
    expect(warnings).toEqual([]);
    expect(config).toMatchObject({
      listen: { address: '0.0.0.0', port: 8081 },
      admin: { address: '127.0.0.1', port: 9090 },
      internalRoutePrefix: expect.stringMatching(/^\/?lb$/) as unknown,
      routes: [{ hostname: 'shop.example.com', functionName: 'shop' }],
    });
  });

  it('keeps the lines of the input for messages, and may have none', () => {
    const text = written(proxyStack({ configuration: 'limits:\n  grace: never\n' }))('configuration');
    expect(() => readProxyConfig(text, 'configuration', {})).toThrow('configuration:2: limits.grace');
    expect(() => readProxyConfig(written(proxyStack())('configuration'), 'configuration', {})).not.toThrow();
  });

  it('has files with secrets beside it, which only the container that writes them is given', () => {
    const stack = proxyStack(everythingOfProxy);
    const [writer, program] = containers(stack);
    expect(writer['secrets']).toEqual([
      { name: 'FILE_consul_ca', valueFrom: everythingOfProxy.secretFiles.consul_ca },
      { name: 'FILE_consul_token', valueFrom: everythingOfProxy.secretFiles.consul_token },
    ]);
    expect(program['secrets']).toEqual([]);
    expect(written(stack, { FILE_consul_token: 'a b\n' })('consul_token')).toBe('a b\n');
  });
});

describe('the file and the environment of an agent', () => {
  it('are what the agent reads, without a file of its own', () => {
    const stack = agentStack({ port: 8081, logLevel: 'warn' });
    const [, program] = containers(stack);
    const env = { ...variables(program), AWS_REGION: 'eu-central-1' };
    const { config, warnings } = readAgentConfig(written(stack)('configuration'), 'configuration', env);
    expect(warnings).toEqual([]);
    expect(config).toMatchObject({
      binds: [{ port: 8081 }],
      health: { bind: { port: 3000 } },
      admin: { bind: { address: '127.0.0.1', port: 9091 } },
      sources: { cloudMap: { namespaces: [{ namespace: 'cluster' }], region: 'eu-central-1' } },
      logLevel: 'warn',
    });
  });

  it('are what the agent reads of a file, over which listeners and secrets of the environment stand', () => {
    const configuration = `${everythingOfAgent.configuration}bind: [':80']\n`;
    const stack = agentStack({ ...everythingOfAgent, environment: {}, configuration });
    const [, program] = containers(stack);
    expect(list(program['secrets']).map((secret) => at(secret, 'name'))).toEqual([
      'CONSUL_HTTP_TOKEN',
      'PROM_PASSWD',
    ]);
    const env = { ...variables(program), AWS_REGION: 'eu-central-1', CONSUL_HTTP_TOKEN: 'secret' };
    const { config } = readAgentConfig(written(stack)('configuration'), 'configuration', env);
    expect(config.binds).toMatchObject([{ port: 8080 }]);
    expect(config.trustedProxies).toEqual(['10.0.0.0/16', '2001:db8::/32']);
    expect(config.sources.consul?.settings.address).toMatchObject({ host: 'consul.example.com' });
  });
});

describe.each([
  ['proxy', proxyStack(everythingOfProxy), 9090],
  ['agent', agentStack(everythingOfAgent), 9091],
])('the container of the %s', (name, configuration, port) => {
  const [writer, program] = containers(configuration);

  /** The exit code of its check, against a server that answers with a status, or with nobody there. */
  async function checked(status: number | undefined): Promise<number> {
    const asked: unknown[] = [];
    const server = createServer(({ url }, response) => {
      asked.push(url);
      response.writeHead(status ?? 200).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const own = String((server.address() as AddressInfo).port);
    if (status === undefined) await new Promise((done) => server.close(done));
    const [, command = '', ...args] = words(at(program, 'healthCheck', 'command'));
    const check = spawn(
      command,
      args.map((arg) => arg.replace(`127.0.0.1:${port}/`, `127.0.0.1:${own}/`)),
    );
    const [code] = (await once(check, 'exit')) as [number];
    server.close();
    expect(asked).toEqual(status === undefined ? [] : ['/readyz']);
    return code;
  }

  it('is healthy while the program is ready', async () => {
    expect(await checked(200)).toBe(0);
    expect(await checked(503)).toBe(1);
    expect(await checked(undefined)).toBe(1);
  });

  it('starts once its files are written, and cannot change them', () => {
    expect(program).toMatchObject({
      name,
      command: [`${textOf(writer['workingDirectory'])}/configuration`],
      dependsOn: [{ containerName: writer['name'], condition: 'SUCCESS' }],
      mountPoints: [{ containerPath: writer['workingDirectory'], readOnly: true }],
    });
  });

  it('may do nothing that root may', () => {
    for (const container of [writer, program])
      expect(at(container, 'linuxParameters', 'capabilities')).toEqual({ drop: ['ALL'] });
    expect(program['user']).toBeUndefined();
  });

  it('is reached where the load balancer sends requests and checks', () => {
    const service = only(configuration, 'aws_ecs_service');
    expect(at(service, 'load_balancer')).toMatchObject({ container_name: name, container_port: 8080 });
    const ports = list(program['portMappings']).map((mapping) => at(mapping, 'containerPort'));
    const rules = list(only(configuration, 'aws_security_group')['ingress']);
    expect(rules.map((rule) => at(rule, 'from_port'))).toEqual(ports);
    for (const rule of rules)
      expect(rule).toMatchObject({ security_groups: ['sg-0balancer'], cidr_blocks: ['10.0.0.0/16'] });
  });
});

describe('a task', () => {
  it('lets nobody in unless they are named', () => {
    expect(only(proxyStack(), 'aws_security_group')['ingress']).toBeUndefined();
  });

  it('runs where and on what it is told', () => {
    expect(only(agentStack(everythingOfAgent), 'aws_ecs_task_definition')).toMatchObject({
      requires_compatibilities: ['EC2'],
      network_mode: 'awsvpc',
      runtime_platform: { cpu_architecture: 'X86_64' },
    });
    expect(only(agentStack(), 'aws_ecs_service')).toMatchObject({ launch_type: 'FARGATE', desired_count: 2 });
    expect(only(agentStack(), 'aws_ecs_service')['health_check_grace_period_seconds']).toBeUndefined();
  });

  it.each([true, false])('writes its log to a group, made here: %s', (createLogGroup) => {
    const configuration = proxyStack({ createLogGroup, logGroupName: '/platform/proxy' });
    expect(ofType(configuration, 'aws_cloudwatch_log_group')).toHaveLength(createLogGroup ? 1 : 0);
    for (const container of containers(configuration))
      expect(at(container, 'logConfiguration', 'options', 'awslogs-group')).toMatch(
        createLogGroup ? /^\$\{aws_cloudwatch_log_group\./ : /^\/platform\/proxy$/,
      );
  });
});
