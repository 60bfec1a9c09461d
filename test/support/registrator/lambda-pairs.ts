import type { ServiceDefaults } from '../../../src/consul/api.ts';
import type { ConsulEndpoint } from '../consul/calls.ts';
import { atLeast } from '../consul/server.ts';
import { account, arnOf, region } from '../aws/tag-world.ts';

const lambdaMeta = 'serverless.consul.hashicorp.com/v1alpha1/lambda/';

/** What the registrators of the tests mark as theirs. */
export const owner = `${account}/${region}/lambdas`;

/** Whether service-defaults may carry Envoy extensions. */
export function hasExtensions(server: ConsulEndpoint): boolean {
  return atLeast(server.version, 1, 15);
}

interface Told {
  arn?: string;
  payloadPassthrough?: boolean;
  invocationMode?: string;
}

/** What service-defaults say of a function in the format of the server's version. */
export function lambdaFields(server: ConsulEndpoint, told: Required<Told>): Partial<ServiceDefaults> {
  const { arn, payloadPassthrough, invocationMode } = told;
  if (hasExtensions(server)) {
    const Arguments = { ARN: arn, PayloadPassthrough: payloadPassthrough, InvocationMode: invocationMode };
    return { EnvoyExtensions: [{ Name: 'builtin/aws/lambda', Required: false, Arguments }] };
  }
  return {
    Meta: {
      [`${lambdaMeta}enabled`]: 'true',
      [`${lambdaMeta}arn`]: arn,
      [`${lambdaMeta}region`]: region,
      [`${lambdaMeta}payload-passthrough`]: String(payloadPassthrough),
      [`${lambdaMeta}invocation-mode`]: invocationMode,
    },
  };
}

/** Service-defaults as the registrator of the tests writes them, in the fields that matter. */
export function ownDefaults(server: ConsulEndpoint, name: string, told: Told = {}): Partial<ServiceDefaults> {
  const fields = lambdaFields(server, {
    arn: arnOf(name),
    payloadPassthrough: false,
    invocationMode: 'synchronous',
    ...told,
  });
  return {
    Kind: 'service-defaults',
    Name: name,
    Protocol: 'http',
    ...fields,
    Meta: { ...fields.Meta, 'registrator-owner': owner },
  };
}

/** Registers a function just as the Go registrator does on a server of this version. */
export async function registerAsGoDoes(
  server: ConsulEndpoint,
  name: string,
  arn = arnOf(name),
  node = 'lambdas',
): Promise<void> {
  const fields = lambdaFields(server, { arn, payloadPassthrough: false, invocationMode: 'SYNCHRONOUS' });
  // Releases that wrote Meta wrote no invocation mode.
  delete fields.Meta?.[`${lambdaMeta}invocation-mode`];
  await server.ok('PUT', '/v1/config', { Kind: 'service-defaults', Name: name, Protocol: 'http', ...fields });
  await server.ok('PUT', '/v1/catalog/register', {
    Node: node,
    SkipNodeUpdate: true,
    NodeMeta: { 'external-node': 'true', 'external-probe': 'true' },
    Service: { ID: name, Service: name, Tags: ['managed-by-lambda-registrator'] },
  });
}

interface Placing {
  node?: string;
  tags?: string[];
  meta?: Record<string, string>;
}

/** Registers an ordinary service that no registrator knows, on a node of its own unless told otherwise. */
export async function registerForeign(
  server: ConsulEndpoint,
  name: string,
  { node = 'vm-1', tags = [], meta = {} }: Placing = {},
): Promise<void> {
  await server.ok('PUT', '/v1/catalog/register', {
    Node: node,
    Address: '10.0.0.1',
    Service: { ID: name, Service: name, Port: 80, Tags: tags, Meta: meta },
  });
}
