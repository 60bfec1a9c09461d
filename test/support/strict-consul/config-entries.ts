import { createHash } from 'node:crypto';
import { canonicalJson } from '../canonical-json.ts';
import type { Edition, Tenancy } from './edition.ts';
import { Refusal } from './refusal.ts';

type Json = Record<string, unknown>;

export type EntryKind = 'service-defaults' | 'terminating-gateway';

export interface StoredEntry extends Tenancy {
  Kind: EntryKind;
  Name: string;
  [field: string]: unknown;
}

const entryKeys = (
  'Kind Name Protocol Mode TransparentProxy MutualTLSMode MeshGateway Expose ExternalSNI UpstreamConfig Destination ' +
  'MaxInboundConnections LocalConnectTimeoutMs LocalRequestTimeoutMs BalanceInboundConnections RateLimits ' +
  'EnvoyExtensions Meta Hash CreateIndex ModifyIndex'
).split(' ');
const gatewayKeys = 'Kind Name Services Meta Hash CreateIndex ModifyIndex'.split(' ');
const linkKeys = 'Name CAFile CertFile KeyFile SNI DisableAutoHostRewrite'.split(' ');
const extensionKeys = ['Name', 'Required', 'Arguments', 'ConsulVersion', 'EnvoyVersion'];
const builtinExtensions = new Set(
  [
    'aws/lambda',
    'lua',
    'aws/otel-access-logging',
    'ext-authz',
    'otel-access-logging',
    'property-override',
    'wasm',
  ].map((name) => `builtin/${name}`),
);

/**
 * An entry as Consul decodes, checks and stores it, with what it says of its place.
 * @throws Refusal 400 for what cannot be decoded, 500 for what is not valid
 */
export function decodeEntry(body: unknown, edition: Pick<Edition, 'bodyFields'>): StoredEntry {
  return object(body)['Kind'] === 'terminating-gateway'
    ? decodeGateway(body, edition)
    : decodeServiceDefaults(body, edition);
}

/** Where namespaces are, each service is listed with its own, that of the entry unless it says another. */
function decodeGateway(body: unknown, { bodyFields }: Pick<Edition, 'bodyFields'>): StoredEntry {
  const entry = canonicalKeys(object(body), [...gatewayKeys, ...bodyFields], '');
  const { Name, Services, Meta, Hash: _hash, CreateIndex: _create, ModifyIndex: _modify, ...place } = entry;
  if (typeof Name !== 'string' || Name === '') throw new Refusal(500, 'Name is required');
  const hasNamespaces = bodyFields.includes('Namespace');
  const services = list(Services).map((service, index) =>
    canonicalKeys(
      { ...(hasNamespaces && { Namespace: place['Namespace'] ?? 'default' }), ...object(service) },
      [...linkKeys, ...(hasNamespaces ? ['Namespace'] : [])],
      `Services[${index}].`,
    ),
  );
  return {
    ...place,
    Kind: 'terminating-gateway',
    Name,
    Services: services,
    ...(Object.keys(checkMeta(object(Meta))).length > 0 && { Meta }),
  };
}

/**
 * A service-defaults entry as Consul 1.16 and later decode, check and store it, with what it says of its place.
 * @throws Refusal 400 for what cannot be decoded, 500 for what is not valid
 */
function decodeServiceDefaults(body: unknown, { bodyFields }: Pick<Edition, 'bodyFields'>): StoredEntry {
  const entry = canonicalKeys(object(body), [...entryKeys, ...bodyFields], '');
  if (entry['Kind'] !== 'service-defaults') {
    throw new Refusal(400, `Request decoding failed: invalid config entry kind: ${text(entry['Kind'])}`);
  }
  const {
    Name,
    Protocol = '',
    Meta,
    EnvoyExtensions,
    Hash: _hash,
    CreateIndex: _create,
    ModifyIndex: _modify,
    ...others
  } = entry;
  if (typeof Name !== 'string' || Name === '') throw new Refusal(500, 'Name is required');
  const extensions = list(EnvoyExtensions).map((extension, index) => decodeExtension(extension, index));
  const meta = checkMeta(object(Meta));
  return {
    TransparentProxy: {},
    MeshGateway: {},
    Expose: {},
    ...others,
    Kind: 'service-defaults',
    Name,
    Protocol: text(Protocol).toLowerCase(),
    ...(extensions.length > 0 && { EnvoyExtensions: extensions }),
    ...(Object.keys(meta).length > 0 && { Meta: meta }),
  };
}

/** As it is answered: a 64-bit hash of the content, which JavaScript cannot hold exactly, stands beside the indexes. */
export function hashOf(entry: StoredEntry): number {
  return Number(BigInt(`0x${createHash('sha256').update(canonicalJson(entry)).digest('hex').slice(0, 16)}`));
}

function decodeExtension(value: unknown, index: number): Json {
  const extension = canonicalKeys(object(value), extensionKeys, `EnvoyExtensions[${index}].`);
  const { Name = '', Required = false, Arguments = null, ConsulVersion = '', EnvoyVersion = '' } = extension;
  const invalid = (reason: string) =>
    oneError(500, `invalid EnvoyExtensions[${index}][${text(Name)}]: ${reason}`);
  if (!builtinExtensions.has(text(Name))) throw invalid(`name "${text(Name)}" is not a built-in extension`);
  if (Name === 'builtin/aws/lambda') {
    const given = Object.fromEntries(
      Object.entries(object(Arguments)).map(([key, value]) => [key.toLowerCase(), value]),
    );
    const { arn, payloadpassthrough = false } = given;
    if (typeof payloadpassthrough !== 'boolean') {
      throw invalid(`error decoding extension arguments: 'PayloadPassthrough' expected type 'bool'`);
    }
    if (arn === undefined || arn === '') throw invalid('1 error occurred:\n\t* ARN is required\n');
  }
  return { Name, Required, Arguments, ConsulVersion, EnvoyVersion };
}

function checkMeta(meta: Json): Json {
  for (const [key, value] of Object.entries(meta)) {
    if (key.length > 128) throw oneError(500, `Meta key "${key}" exceeds maximum length 128`);
    if (text(value).length > 512)
      throw oneError(500, `Meta value for key "${key}" exceeds maximum length 512`);
  }
  if (Object.keys(meta).length > 64) throw oneError(500, 'Meta exceeds maximum element count 64');
  return meta;
}

/** Keys are taken in any case and with underscores; others are refused. */
function canonicalKeys(value: Json, known: readonly string[], path: string): Json {
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      const canonical = known.find((name) => name.toLowerCase() === key.replaceAll('_', '').toLowerCase());
      if (canonical === undefined) {
        const whose = key === 'Namespace' ? ', namespaces are a consul enterprise feature' : '';
        throw oneError(400, `invalid config key "${path}${key}"${whose}`, 'Request decoding failed: ');
      }
      return [canonical, member];
    }),
  );
}

function oneError(status: number, text: string, before = ''): Refusal {
  return new Refusal(status, `${before}1 error occurred:\n\t* ${text}\n\n`);
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
