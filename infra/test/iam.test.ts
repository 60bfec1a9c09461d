import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../module/expressions.ts';
import { agentModule, type ModuleSource, proxyModule, registratorModule } from '../module/modules.ts';
import {
  agentStack,
  at,
  everythingOfAgent,
  everythingOfProxy,
  ofType,
  proxyStack,
  registratorStack,
  registryStack,
  textOf,
} from './support/configurations.ts';
import { lines, list, policies, sentence } from './support/statements.ts';

const key = 'arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';

const everything = registratorStack({
  consulCaCertPath: '/consul/ca',
  consulHttpTokenPath: 'arn:aws:ssm:eu-central-1:210987654321:parameter/shared/token',
  parameterKmsKeyArns: [key],
  subnetIds: ['subnet-1'],
  securityGroupIds: ['sg-1'],
  bufferEvents: true,
  createTrail: true,
  consulExtensionDataPrefix: '/consul/lambda',
  extensionDataKmsKeyArn: key,
});
const registry = registryStack({ tableKmsKeyArn: key });
const proxy = proxyStack(everythingOfProxy);
const agent = agentStack(everythingOfAgent);

describe('every statement', () => {
  it('of a registrator with everything on is one of these', () => {
    expect(lines(everything)).toMatchInlineSnapshot(`
      [
        "registrator/trust: Allow sts:AssumeRole to lambda.amazonaws.com",
        "registrator/permission: Allow logs:CreateLogStream, logs:PutLogEvents on arn:aws:logs:REGION:ACCOUNT:log-group:/aws/lambda/registrator:*",
        "registrator/permission: Allow lambda:ListFunctions, tag:GetResources on *",
        "registrator/permission: Allow lambda:ListTags on arn:aws:lambda:REGION:ACCOUNT:function:*",
        "registrator/permission: Allow sqs:SendMessage on <dead-letters_queue arn>",
        "registrator/permission: Allow ssm:GetParameter on arn:aws:ssm:REGION:ACCOUNT:parameter/consul/ca",
        "registrator/permission: Allow ssm:GetParameter on arn:aws:ssm:eu-central-1:210987654321:parameter/shared/token",
        "registrator/permission: Allow kms:Decrypt on arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab if kms:ViaService StringEquals ssm.REGION.amazonaws.com",
        "registrator/permission: Allow ssm:DeleteParameter, ssm:GetParameters, ssm:PutParameter on arn:aws:ssm:REGION:ACCOUNT:parameter/consul/lambda/*",
        "registrator/permission: Allow kms:Decrypt, kms:Encrypt, kms:GenerateDataKey on arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab if kms:ViaService StringEquals ssm.REGION.amazonaws.com if kms:EncryptionContext:PARAMETER_ARN StringLike arn:aws:ssm:REGION:ACCOUNT:parameter/consul/lambda/*",
        "registrator/permission: Allow sqs:DeleteMessage, sqs:GetQueueAttributes, sqs:ReceiveMessage on arn:aws:sqs:REGION:ACCOUNT:registrator-events",
        "registrator/permission: Allow ec2:AssignPrivateIpAddresses, ec2:CreateNetworkInterface, ec2:DeleteNetworkInterface, ec2:DescribeNetworkInterfaces, ec2:DescribeSubnets, ec2:UnassignPrivateIpAddresses on *",
        "registrator/permission: Deny ec2:AssignPrivateIpAddresses, ec2:CreateNetworkInterface, ec2:DeleteNetworkInterface, ec2:DescribeNetworkInterfaces, ec2:DescribeSubnets, ec2:UnassignPrivateIpAddresses on * if lambda:SourceFunctionArn ArnEquals arn:aws:lambda:REGION:ACCOUNT:function:registrator",
        "events/buffer/access: Allow sqs:SendMessage on <events_buffer_queue arn> to events.amazonaws.com if aws:SourceArn ArnEquals <events_rule arn>",
        "events/dead-letters-access: Allow sqs:SendMessage on <dead-letters_queue arn> to events.amazonaws.com if aws:SourceArn ArnEquals <events_rule arn>",
        "sync/trust: Allow sts:AssumeRole to scheduler.amazonaws.com if aws:SourceArn ArnEquals arn:aws:scheduler:REGION:ACCOUNT:schedule-group/registrator if aws:SourceAccount StringEquals ACCOUNT",
        "sync/permission: Allow lambda:InvokeFunction on <function arn>",
        "sync/permission: Allow sqs:SendMessage on <dead-letters_queue arn>",
        "trail/bucket-access: Allow s3:GetBucketAcl on <trail_bucket arn> to cloudtrail.amazonaws.com if aws:SourceArn ArnEquals arn:aws:cloudtrail:REGION:ACCOUNT:trail/registrator",
        "trail/bucket-access: Allow s3:PutObject on <trail_bucket arn>/AWSLogs/ACCOUNT/* to cloudtrail.amazonaws.com if aws:SourceArn ArnEquals arn:aws:cloudtrail:REGION:ACCOUNT:trail/registrator",
        "trail/bucket-access: Deny s3:GetObject, s3:PutObject on <trail_bucket arn>/* to * if aws:SecureTransport Bool false",
      ]
    `);
  });

  it('of a registry is one of these', () => {
    expect(lines(registry)).toMatchInlineSnapshot(`
      [
        "registry/trust: Allow sts:AssumeRole to lambda.amazonaws.com",
        "registry/permission: Allow logs:CreateLogStream, logs:PutLogEvents on arn:aws:logs:REGION:ACCOUNT:log-group:/aws/lambda/registry:*",
        "registry/permission: Allow dynamodb:DeleteItem, dynamodb:PutItem, dynamodb:Query, dynamodb:UpdateItem on <services_table arn>",
        "registry/permission: Allow kms:Decrypt on arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab if kms:ViaService StringEquals dynamodb.REGION.amazonaws.com",
      ]
    `);
  });

  it('of a proxy with everything on is one of these', () => {
    expect(lines(proxy)).toMatchInlineSnapshot(`
      [
        "task/trust: Allow sts:AssumeRole to ecs-tasks.amazonaws.com if aws:SourceArn ArnLike arn:aws:ecs:REGION:ACCOUNT:* if aws:SourceAccount StringEquals ACCOUNT",
        "task/permission: Allow lambda:InvokeFunction on arn:aws:lambda:eu-central-1:123456789012:function:shop-*, arn:aws:lambda:eu-central-1:123456789012:function:shop-*:*, arn:aws:lambda:eu-central-1:123456789012:function:blog:prod if aws:ResourceTag/serverless.consul.hashicorp.com/v1alpha1/lambda/enabled StringEquals true",
        "task/permission: Allow sts:AssumeRole on arn:aws:iam::210987654321:role/invoke",
        "task/start: Allow logs:CreateLogStream, logs:PutLogEvents on arn:aws:logs:REGION:ACCOUNT:log-group:/ecs/proxy:*",
        "task/start: Allow ecr:GetAuthorizationToken on *",
        "task/start: Allow ecr:BatchCheckLayerAvailability, ecr:BatchGetImage, ecr:GetDownloadUrlForLayer on arn:aws:ecr:eu-central-1:123456789012:repository/programs",
        "task/start: Allow ssm:GetParameters on arn:aws:ssm:eu-central-1:123456789012:parameter/consul/token",
        "task/start: Allow secretsmanager:GetSecretValue on arn:aws:secretsmanager:eu-central-1:123456789012:secret:consul-ca-a1b2c3",
        "task/start: Allow kms:Decrypt on arn:aws:kms:eu-central-1:123456789012:key/9abcabcd-12ab-34cd-56ef-1234567890ab if kms:ViaService StringEquals secretsmanager.REGION.amazonaws.com, ssm.REGION.amazonaws.com",
      ]
    `);
  });

  it('of a small proxy invokes its functions with and without qualifiers, and writes its log', () => {
    expect(lines(proxyStack()).slice(1)).toMatchInlineSnapshot(`
      [
        "task/permission: Allow lambda:InvokeFunction on arn:aws:lambda:eu-central-1:123456789012:function:shop, arn:aws:lambda:eu-central-1:123456789012:function:shop:*",
        "task/start: Allow logs:CreateLogStream, logs:PutLogEvents on arn:aws:logs:REGION:ACCOUNT:log-group:/ecs/proxy:*",
      ]
    `);
  });

  it('of an agent with everything on is one of these', () => {
    expect(lines(agent)).toMatchInlineSnapshot(`
      [
        "task/trust: Allow sts:AssumeRole to ecs-tasks.amazonaws.com if aws:SourceArn ArnLike arn:aws:ecs:REGION:ACCOUNT:* if aws:SourceAccount StringEquals ACCOUNT",
        "task/permission: Allow servicediscovery:ListNamespaces, servicediscovery:ListServices on *",
        "task/permission: Allow servicediscovery:DiscoverInstances, servicediscovery:DiscoverInstancesRevision, servicediscovery:GetInstancesHealthStatus, servicediscovery:ListInstances on arn:aws:servicediscovery:*:ACCOUNT:*, arn:aws:servicediscovery:*:210987654321:*",
        "task/start: Allow logs:CreateLogStream, logs:PutLogEvents on arn:aws:logs:REGION:ACCOUNT:log-group:/ecs/agent:*",
        "task/start: Allow ecr:GetAuthorizationToken on *",
        "task/start: Allow ecr:BatchCheckLayerAvailability, ecr:BatchGetImage, ecr:GetDownloadUrlForLayer on arn:aws:ecr:eu-central-1:123456789012:repository/programs",
        "task/start: Allow ssm:GetParameters on arn:aws:ssm:eu-central-1:123456789012:parameter/metrics",
        "task/start: Allow secretsmanager:GetSecretValue on arn:aws:secretsmanager:eu-central-1:123456789012:secret:consul-a1b2c3",
        "task/start: Allow kms:Decrypt on arn:aws:kms:eu-central-1:123456789012:key/9abcabcd-12ab-34cd-56ef-1234567890ab if kms:ViaService StringEquals secretsmanager.REGION.amazonaws.com, ssm.REGION.amazonaws.com",
      ]
    `);
  });

  it('of an agent that may not read Cloud Map are those that start it', () => {
    expect(lines(agentStack({ readCloudMap: false })).slice(1)).toEqual(
      lines(agentStack()).filter((line) => line.startsWith('task/start:')),
    );
  });

  it('of a registry in a VPC is one more pair, which its code cannot use', () => {
    const inVpc = lines(registryStack({ subnetIds: ['subnet-1'], securityGroupIds: ['sg-1'] }));
    const calls =
      'ec2:AssignPrivateIpAddresses, ec2:CreateNetworkInterface, ec2:DeleteNetworkInterface, ec2:DescribeNetworkInterfaces, ec2:DescribeSubnets, ec2:UnassignPrivateIpAddresses';
    const code = 'arn:aws:lambda:REGION:ACCOUNT:function:registry';
    expect(inVpc.filter((line) => !lines(registryStack()).includes(line))).toEqual([
      `registry/permission: Allow ${calls} on *`,
      `registry/permission: Deny ${calls} on * if lambda:SourceFunctionArn ArnEquals ${code}`,
    ]);
  });

  it.each([
    ['registrator', everything],
    ['registry', registry],
    ['proxy', proxy],
    ['agent', agent],
  ])('of a %s names its actions', (_, configuration) => {
    const actions = policies(configuration).flatMap(({ statements }) =>
      statements.flatMap((statement) => list(statement['actions'])),
    );
    expect(actions.filter((action) => textOf(action).includes('*'))).toEqual([]);
    expect(actions).not.toContain('lambda:GetFunction');
  });
});

describe('the module', () => {
  const anyFunction = proxyStack({ ...everythingOfProxy, functionTag: undefined });

  it.each<[string, ModuleSource, JsonObject[]]>([
    ['registrator', registratorModule(), [everything]],
    ['proxy', proxyModule(), [proxy, anyFunction]],
    ['agent', agentModule(), [agent]],
  ])(
    'of a %s has the statements of stacks with everything on, each under its condition',
    (_, source, stacks) => {
      const { configuration } = source;
      const conditional = ofType(configuration, 'aws_iam_policy_document', 'data').flatMap(([, document]) =>
        list(at(document, 'dynamic', 'statement')).flatMap((block) => list(at(block, 'content'))),
      );
      const always = policies(configuration).flatMap(({ statements }) => statements);
      // Which tag is an input.
      const variable = (condition: Json) =>
        textOf(at(condition, 'variable')).replace(/(?<=ResourceTag\/).*/, '');
      const conditions = (one: Json) =>
        list(at(one, 'condition')).map((condition) => [at(condition, 'test'), variable(condition)]);
      const grants = (statements: readonly Json[]) =>
        statements
          .map((one) =>
            JSON.stringify([at(one, 'sid'), at(one, 'effect'), at(one, 'actions'), conditions(one)]),
          )
          .toSorted();
      const stack = stacks.flatMap((one) => policies(one)).flatMap(({ statements }) => statements);
      expect(new Set(grants([...always, ...conditional]))).toEqual(new Set(grants(stack)));
    },
  );
});

describe('the role', () => {
  /** Calls of the SDK in `src/aws`, as actions: `new QueryCommand(` of table.ts is `dynamodb:Query`. */
  function called(files: Readonly<Record<string, string>>, form = /new (\w+)Command\(/g): string[] {
    const all = Object.entries(files).flatMap(([file, service]) => {
      const text = readFileSync(new URL(`../../src/aws/${file}`, import.meta.url), 'utf8');
      return [...text.matchAll(form)].map(([, call, other = '']) => `${service}:${call ?? other}`);
    });
    return [...new Set(all)].toSorted();
  }

  function granted(configuration: JsonObject, services: RegExp): string[] {
    const own = policies(configuration).find(({ of }) =>
      /^(registrator|registry|task)\/permission$/.test(of),
    );
    const actions = (own?.statements ?? []).flatMap((statement) => list(statement['actions']).map(textOf));
    return [...new Set(actions.filter((action) => services.test(action)))].toSorted();
  }

  it('of a registrator grants the calls that the program makes', () => {
    const calls = called({ 'lambda.ts': 'lambda', 'tagging.ts': 'tag', 'parameters.ts': 'ssm' });
    const ofExtensionData = ['ssm:DeleteParameter', 'ssm:GetParameters', 'ssm:PutParameter'];
    const props = { consulCaCertPath: '/consul/ca', consulHttpTokenPath: '/consul/token' };
    const withData = { ...props, consulExtensionDataPrefix: '/consul/lambda' };
    const services = /^(lambda|tag|ssm):/;
    expect(granted(registratorStack(props), services)).toEqual(
      calls.filter((call) => !ofExtensionData.includes(call)),
    );
    expect(granted(registratorStack(withData), services)).toEqual(
      [...new Set([...calls, ...ofExtensionData])].toSorted(),
    );
  });

  it('of a registry grants the calls that the program makes', () => {
    expect(granted(registry, /^dynamodb:/)).toEqual(called({ 'table.ts': 'dynamodb' }));
  });

  it('of an agent grants the calls that the program makes', () => {
    const form = /operation(?: =|:) '(\w+)'|question\('(\w+)'/g;
    const calls = called({ 'cloud-map/cloud-map.ts': 'servicediscovery' }, form);
    expect(calls).toHaveLength(6);
    expect(granted(agent, /./)).toEqual(calls);
  });

  it('of a proxy invokes functions and assumes the roles that are named', () => {
    expect(granted(proxy, /./)).toEqual(['lambda:InvokeFunction', 'sts:AssumeRole']);
    expect(granted(proxyStack(), /./)).toEqual(['lambda:InvokeFunction']);
  });
});

describe('a resource policy or trust', () => {
  it.each([
    ['registrator', everything, 1],
    ['registry', registry, 1],
    ['proxy', proxy, 0],
    ['agent', agent, 0],
  ])('of a %s that lets a service in names the source', (_, configuration, functions) => {
    const open = policies(configuration)
      .flatMap(({ statements }) => statements)
      .filter((statement) => statement['principals'] !== undefined && statement['effect'] !== 'Deny')
      .filter((statement) => !JSON.stringify(statement['condition'] ?? []).includes('aws:SourceArn'));
    // Lambda assumes the role of a function; it knows no source:
    // https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
    expect(open.map(sentence)).toEqual(Array(functions).fill('Allow sts:AssumeRole to lambda.amazonaws.com'));
  });

  it.each([
    ['registrator', registratorStack(), /^\$\{aws_cloudwatch_event_rule\.[\w-]+\.arn\}$/],
    ['registry', registry, /^\$\{aws_apigatewayv2_api\.[\w-]+\.execution_arn\}\/\*\/\*$/],
    [
      'registry behind a REST API',
      registryStack({ apiType: 'rest' }),
      /^\$\{aws_api_gateway_rest_api\.[\w-]+\.execution_arn\}\/\*\/\*$/,
    ],
  ])('lets one caller alone invoke the %s', (_, configuration, source) => {
    const permissions = ofType(configuration, 'aws_lambda_permission').map(([, permission]) => permission);
    expect(permissions.map((permission) => permission['source_arn'])).toEqual([
      expect.stringMatching(source),
    ]);
  });

  it('of AWS reaches no function: roles have inline policies only', () => {
    for (const configuration of [everything, registry, proxy, agent])
      expect(ofType(configuration, 'aws_iam_role_policy_attachment')).toEqual([]);
    expect(ofType(everything, 'aws_iam_role_policy')).toHaveLength(2);
  });
});

describe('a parameter', () => {
  it.each([
    ['/consul/token', 'parameter/consul/token'],
    ['consul/token', 'parameter/consul/token'],
    ['token', 'parameter/token'],
  ])('named %s is read by its ARN', (name, resource) => {
    const granted = lines(registratorStack({ consulHttpTokenPath: name }));
    expect(granted).toContain(
      `registrator/permission: Allow ssm:GetParameter on arn:aws:ssm:REGION:ACCOUNT:${resource}`,
    );
  });
});
