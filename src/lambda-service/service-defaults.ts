import { ownMember } from '../core/objects.ts';
import { type LambdaService, metaKeys } from './service.ts';
import { tagPrefix } from './tags.ts';

/** What service-defaults say of a Lambda function: an Envoy extension (Consul 1.15 and later) or Meta keys (older). */
export type ServiceDefaultsFormat = 'envoy-extension' | 'meta';

interface Extension {
  Name: string;
  Arguments?: Record<string, unknown> | null;
  [field: string]: unknown;
}

/** The fields of a service-defaults entry that concern a Lambda function; all others belong to somebody else. */
export interface DefaultsEntry {
  Kind: 'service-defaults';
  Name: string;
  Protocol?: string;
  Meta?: Record<string, string> | null;
  EnvoyExtensions?: Extension[] | null;
  [field: string]: unknown;
}

/** https://developer.hashicorp.com/consul/docs/reference/proxy/extensions/lambda */
const lambdaExtension = 'builtin/aws/lambda';

const lambdaMetaKeys = ['enabled', 'arn', 'region', 'payload-passthrough', 'invocation-mode'].map(
  (key) => tagPrefix + key,
);

/** The ARN that an entry sends traffic to, in either format; undefined when it is not about a Lambda function. */
export function defaultsArn(entry: DefaultsEntry): string | undefined {
  const argument = lambdaExtensions(entry)[0]?.Arguments ?? {};
  const key = Object.keys(argument).find((name) => name.toLowerCase() === 'arn');
  const arn = key === undefined ? entry.Meta?.[`${tagPrefix}arn`] : argument[key];
  return typeof arn === 'string' && arn !== '' ? arn : undefined;
}

/** Whether an entry carries the Lambda extension, which proves that its server knows Envoy extensions. */
export function hasLambdaExtension(entry: DefaultsEntry): boolean {
  return lambdaExtensions(entry).length > 0;
}

/** The Lambda extensions of an entry: Consul stores several, though only one can work. */
export function lambdaExtensions(entry: DefaultsEntry): Extension[] {
  return (entry.EnvoyExtensions ?? []).filter((extension) => extension.Name === lambdaExtension);
}

/**
 * The entry that makes `name` a Lambda service of `owner`: what we own is as wanted, what others added to `current`
 * stays. The other format's fields of ours go.
 * @param current the entry as it was read; undefined where there is none
 */
export function mergeDefaults(
  current: DefaultsEntry | undefined,
  service: LambdaService,
  owner: string,
  format: ServiceDefaultsFormat,
): DefaultsEntry {
  const base = withoutAdded(current ?? { Kind: 'service-defaults', Name: service.name });
  const foreignMeta = Object.entries(base.Meta ?? {}).filter(([key]) => !lambdaMetaKeys.includes(key));
  const own = format === 'meta' ? lambdaMeta(service) : {};
  const extensions = mergeExtensions(base.EnvoyExtensions ?? [], format === 'meta' ? undefined : service);
  const merged: DefaultsEntry = {
    ...base,
    Name: service.name,
    Protocol: 'http',
    Meta: { ...Object.fromEntries(foreignMeta), ...own, [metaKeys.owner]: owner },
    EnvoyExtensions: extensions,
  };
  // Servers before 1.15 refuse the field even when it is empty.
  if (extensions.length === 0) delete merged.EnvoyExtensions;
  return merged;
}

/**
 * The fields in which an entry as Consul gives it differs from the one wanted, or from another that it gives, as
 * `Protocol`, `Meta.<key>` or `EnvoyExtensions`. What Consul adds, and zero values that it answers for what was never set, are no difference.
 */
export function changedDefaults(current: DefaultsEntry, wanted: DefaultsEntry): string[] {
  const fields = new Set([...Object.keys(withoutAdded(current)), ...Object.keys(withoutAdded(wanted))]);
  return [...fields].flatMap((field) => {
    const [before, after] = [ownMember(current, field), ownMember(wanted, field)];
    if (field === 'Meta') return changedKeys('Meta', current.Meta ?? {}, wanted.Meta ?? {});
    if (field === 'Name' && current.Name.toLowerCase() === wanted.Name.toLowerCase()) return [];
    return sameToConsul(before, after) ? [] : [field];
  });
}

/** The keys in which two string maps differ, as `<name>.<key>`. */
export function changedKeys(
  name: string,
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys]
    .filter((key) => ownMember(before, key) !== ownMember(after, key))
    .map((key) => `${name}.${key}`);
}

/** The extensions with ours in the place that it has; what an operator set beside its arguments stays. */
function mergeExtensions(current: readonly Extension[], service: LambdaService | undefined): Extension[] {
  const place = current.findIndex((extension) => extension.Name === lambdaExtension);
  const foreign = (extension: Extension): boolean => extension.Name !== lambdaExtension;
  if (service === undefined) return current.filter(foreign);
  const own: Extension = {
    Required: false,
    ...current[place],
    Name: lambdaExtension,
    Arguments: {
      ARN: service.arn,
      PayloadPassthrough: service.payloadPassthrough,
      InvocationMode: service.invocationMode,
    },
  };
  if (place === -1) return [...current, own];
  return [...current.slice(0, place), own, ...current.slice(place + 1).filter(foreign)];
}

/** https://developer.hashicorp.com/consul/docs/v1.14.x/lambda/registration/manual */
function lambdaMeta(service: LambdaService): Record<string, string> {
  const values = [
    true,
    service.arn,
    service.arn.split(':')[3],
    service.payloadPassthrough,
    service.invocationMode,
  ];
  return Object.fromEntries(lambdaMetaKeys.map((key, index) => [key, String(values[index])]));
}

/** The entry as it was written: Consul adds a hash and indexes. */
function withoutAdded(entry: DefaultsEntry): DefaultsEntry {
  const { Hash: _hash, CreateIndex: _created, ModifyIndex: _modified, ...written } = entry;
  return written;
}

/** Whether Consul means the same by two values: it answers with empty objects and zero values for what was never set. */
function sameToConsul(left: unknown, right: unknown): boolean {
  if (left === right || (isEmpty(left) && isEmpty(right))) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => sameToConsul(item, right[index]));
  }
  if (!isObject(left) || !isObject(right)) return false;
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].every((key) => sameToConsul(ownMember(left, key), ownMember(right, key)));
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isObject(value)) return Object.values(value).every(isEmpty);
  return value === undefined || value === null || value === '' || value === 0 || value === false;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
