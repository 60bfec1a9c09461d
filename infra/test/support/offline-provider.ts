/**
 * Stands in for the AWS provider: speaks Terraform's plugin protocol with given schemas, plans what is computed as
 * unknown, and calls nothing.
 */
import { Server, ServerCredentials, loadPackageDefinition, type ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { decode, encode, ExtData } from '@msgpack/msgpack';
import { fileURLToPath } from 'node:url';
import type { BlockSchema } from '../../provider/schema.ts';
import type { OfflineSchemas } from './offline-schemas.ts';

interface Dynamic {
  msgpack: Uint8Array;
}
type Values = Record<string, unknown>;

const unknown = new ExtData(0, new Uint8Array([0]));
const nestings = { single: 1, list: 2, set: 3 };

const read = (value: Dynamic): Values | null => decode(value.msgpack) as Values | null;
const write = (value: unknown): Dynamic => ({ msgpack: encode(value) });

/** Known things of a made-up account, so that ARNs can be read in a plan. */
const knownData: Record<string, Values> = {
  aws_caller_identity: { account_id: '123456789012', id: '123456789012' },
  aws_partition: { partition: 'aws', dns_suffix: 'amazonaws.com', id: 'aws' },
  aws_region: { id: 'eu-central-1', name: 'eu-central-1' },
};

/** Arguments that the real provider cannot change in place, which no construct tells. */
const unchangeable: Readonly<Record<string, readonly string[]>> = { aws_lambda_function: ['package_type'] };

const callsWith = (schemas: OfflineSchemas) => ({
  GetSchema: () => ({
    provider: schemaMessage(schemas.provider),
    resource_schemas: messages(schemas.resources),
    data_source_schemas: messages(schemas.dataSources),
  }),
  PrepareProviderConfig: ({ config }: { config: Dynamic }) => ({ prepared_config: config }),
  ValidateResourceTypeConfig: () => ({}),
  ValidateDataSourceConfig: () => ({}),
  Configure: () => ({}),
  UpgradeResourceState: ({ raw_state: state }: { raw_state: { json: Uint8Array } }) => ({
    upgraded_state: { json: state.json },
  }),
  ReadResource: ({ current_state: state }: { current_state: Dynamic }) => ({ new_state: state }),
  PlanResourceChange: ({
    type_name: type,
    proposed_new_state: proposed,
  }: {
    type_name: string;
    proposed_new_state: Dynamic;
  }) => ({
    planned_state: write(withUnknowns(schemas.resources[type], read(proposed))),
    requires_replace: (unchangeable[type] ?? []).map((name) => ({ steps: [{ attribute_name: name }] })),
    legacy_type_system: true,
  }),
  ApplyResourceChange: ({
    type_name: type,
    planned_state: planned,
  }: {
    type_name: string;
    planned_state: Dynamic;
  }) => ({
    new_state: write(madeUp(type, read(planned))),
    legacy_type_system: true,
  }),
  ReadDataSource: ({ type_name: type, config }: { type_name: string; config: Dynamic }) => {
    const given = read(config) ?? {};
    const json =
      type === 'aws_iam_policy_document' ? { json: JSON.stringify({ Statement: given['statement'] }) } : {};
    return { state: write({ ...given, ...knownData[type], ...json }) };
  },
  Stop: () => ({}),
});

/** Texts that are computed and not given become unknown. */
function withUnknowns(schema: BlockSchema | undefined, proposed: Values | null): Values | null {
  if (proposed === null) return null;
  const computed = (schema?.attributes ?? []).filter(
    (attribute) => attribute.computed && attribute.type === 'string' && proposed[attribute.name] === null,
  );
  return { ...proposed, ...Object.fromEntries(computed.map(({ name }) => [name, unknown])) };
}

function madeUp(type: string, planned: Values | null): Values | null {
  const made = (name: string) =>
    name === 'arn' ? `arn:aws:made-up:eu-central-1:123456789012:${type}` : `${type}-${name}`;
  const isUnknown = (value: unknown) => value instanceof ExtData;
  return planned === null
    ? null
    : Object.fromEntries(
        Object.entries(planned).map(([name, value]) => [name, isUnknown(value) ? made(name) : value]),
      );
}

function messages(blocks: Readonly<Record<string, BlockSchema>>) {
  return Object.fromEntries(Object.entries(blocks).map(([name, block]) => [name, schemaMessage(block)]));
}

function schemaMessage(block: BlockSchema) {
  return { version: 0, block: blockMessage(block) };
}

function blockMessage(block: BlockSchema): object {
  return {
    attributes: block.attributes.map(({ type, ...flags }) => ({
      ...flags,
      type: Buffer.from(JSON.stringify(type)),
    })),
    block_types: block.blocks.map((nested) => ({
      type_name: nested.name,
      nesting: nestings[nested.nesting],
      min_items: nested.required && nested.nesting !== 'single' ? 1 : 0,
      max_items: nested.single && nested.nesting !== 'single' ? 1 : 0,
      block: blockMessage(nested.block),
    })),
  };
}

export interface OfflineProvider {
  /** The environment in which Terraform asks this provider, whatever is installed, instead of starting one for each command. */
  readonly environment: Readonly<Record<string, string>>;
  close(): void;
}

/** Serves the stand-in in this process to any number of Terraform's commands at once. */
export async function startOfflineProvider(schemas: OfflineSchemas): Promise<OfflineProvider> {
  const server = new Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 });
  const handlers = Object.entries(callsWith(schemas)).map(([name, answer]) => [
    name,
    (call: { request: never }, done: (error: null, value: unknown) => void) =>
      done(null, answer(call.request)),
  ]);
  server.addService(protocol(), Object.fromEntries(handlers));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  const running = {
    Protocol: 'grpc',
    ProtocolVersion: 5,
    Pid: process.pid,
    // Terraform leaves it running.
    Test: true,
    Addr: { Network: 'tcp', String: `127.0.0.1:${port}` },
  };
  return {
    environment: {
      TF_REATTACH_PROVIDERS: JSON.stringify({ 'registry.terraform.io/hashicorp/aws': running }),
    },
    close: () => server.forceShutdown(),
  };
}

function protocol(): ServiceDefinition {
  const file = fileURLToPath(new URL('tfplugin5.proto', import.meta.url));
  const loaded = loadPackageDefinition(loadSync(file, { keepCase: true, defaults: true })) as unknown as {
    tfplugin5: { Provider: { service: ServiceDefinition } };
  };
  return loaded.tfplugin5.Provider.service;
}
