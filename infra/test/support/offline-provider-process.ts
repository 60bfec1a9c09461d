/**
 * Stands in for the AWS provider's binary: speaks Terraform's plugin protocol with the schemas of `schemas.json` beside
 * it, plans what is computed as unknown, and calls nothing. Started by Terraform itself.
 */
import { Server, ServerCredentials, loadPackageDefinition, type ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { decode, encode, ExtData } from '@msgpack/msgpack';
import { readFileSync } from 'node:fs';
import type { OfflineSchemas } from './offline-provider.ts';
import type { BlockSchema } from '../../provider/schema.ts';

interface Dynamic {
  msgpack: Uint8Array;
}
type Values = Record<string, unknown>;

const folder = new URL('./', import.meta.url);
const schemas = JSON.parse(readFileSync(new URL('schemas.json', folder), 'utf8')) as OfflineSchemas;
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

const calls = {
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
    planned_state: write(withUnknowns(type, read(proposed))),
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
};

function withUnknowns(type: string, proposed: Values | null): Values | null {
  return withComputed(type, proposed, () => unknown);
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

/** Texts that are computed and not given. */
function withComputed(type: string, values: Values | null, value: (name: string) => unknown): Values | null {
  if (values === null) return null;
  const computed = (schemas.resources[type]?.attributes ?? []).filter(
    (attribute) => attribute.computed && attribute.type === 'string' && values[attribute.name] === null,
  );
  return { ...values, ...Object.fromEntries(computed.map(({ name }) => [name, value(name)])) };
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

function serve(): void {
  const definition = loadSync(new URL('tfplugin5.proto', folder).pathname, {
    keepCase: true,
    defaults: true,
  });
  const loaded = loadPackageDefinition(definition) as unknown as {
    tfplugin5: { Provider: { service: ServiceDefinition } };
  };
  const server = new Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 });
  const handlers = Object.entries(calls).map(([name, answer]) => [
    name,
    (call: { request: never }, done: (error: null, value: unknown) => void) =>
      done(null, answer(call.request)),
  ]);
  server.addService(loaded.tfplugin5.Provider.service, Object.fromEntries(handlers));
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) throw error;
    process.stdout.write(`1|5|tcp|127.0.0.1:${port}|grpc\n`);
  });
}

serve();
