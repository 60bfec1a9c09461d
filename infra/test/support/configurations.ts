import { App } from 'cdktf';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isObject, type Json, type JsonObject } from '../../module/expressions.ts';
import { RegistratorStack, RegistryStack } from '../../stacks/program-stack.ts';

const region = 'eu-central-1';

/** A registrator with every part there is. */
export const everything = {
  consulCaCertPath: '/consul/ca',
  consulHttpTokenPath: 'consul/token',
  parameterKmsKeyArns: ['arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab'],
  subnetIds: ['subnet-1', 'subnet-2'],
  securityGroupIds: ['sg-1'],
  bufferEvents: true,
  createTrail: true,
  consulDatacenter: 'dc1',
  primaryDatacenter: 'dc1',
  enterprise: true,
  partitions: ['default', 'apps'],
  terminatingGateway: 'terminating-gateway',
  consulExtensionDataPrefix: '/consul/lambda',
  consulExtensionDataTier: 'Intelligent-Tiering',
  extensionDataKmsKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/5678abcd-12ab-34cd-56ef-1234567890ab',
  previousOwnerIds: ['123456789012/eu-central-1/functions'],
  alarmActions: ['arn:aws:sns:eu-central-1:123456789012:oncall'],
  tags: { team: 'network' },
};

/** A registry behind a REST API that is open to everybody and logs its requests. */
export const openRest = {
  apiType: 'rest',
  restAccessLog: true,
  authorization: 'none',
  tables: ['production', 'staging'],
};

/** A folder with a file for each zip: what is synthesised does not depend on what is in them. */
export function emptyBundles(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bundles-'));
  for (const name of ['registrator', 'registry']) writeFileSync(join(folder, `${name}.zip`), '');
  return folder;
}

/** What the stack of a registrator is synthesised to. */
export function registratorStack(props: Record<string, unknown> = {}): JsonObject {
  const registrator = { name: 'registrator', consulHttpAddr: 'https://consul.example.com:8501', ...props };
  return synthesised(new RegistratorStack(new App(), 'test', { region, registrator }, emptyBundles()));
}

/** What the stack of a registry is synthesised to. */
export function registryStack(props: Record<string, unknown> = {}): JsonObject {
  const registry = { name: 'registry', ...props };
  return synthesised(new RegistryStack(new App(), 'test', { region, registry }, emptyBundles()));
}

function synthesised(stack: RegistratorStack | RegistryStack): JsonObject {
  return stack.toTerraform() as JsonObject;
}

/** Every resource (or data source) of a type, by its name. */
export function ofType(
  configuration: JsonObject,
  type: string,
  kind: 'resource' | 'data' = 'resource',
): [string, JsonObject][] {
  const all = configuration[kind];
  const some = isObject(all) ? all[type] : undefined;
  return isObject(some)
    ? Object.entries(some).filter((entry): entry is [string, JsonObject] => isObject(entry[1]))
    : [];
}

/** The one resource of a type. */
export function only(configuration: JsonObject, type: string): JsonObject {
  const [[, found] = [], ...others] = ofType(configuration, type);
  if (found === undefined || others.length > 0) throw new Error(`There is not exactly one ${type}.`);
  return found;
}

/** What stands at a path of keys; undefined when nothing does. */
export function at(value: Json | undefined, ...path: string[]): Json | undefined {
  return path.reduce<Json | undefined>((inner, key) => (isObject(inner) ? inner[key] : undefined), value);
}

/** A text as it is, anything else as JSON. */
export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
