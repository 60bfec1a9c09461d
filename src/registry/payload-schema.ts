import * as z from 'zod';
import { checkServerAddress } from '../core/network/addresses.ts';
import { accepted, matching } from '../core/checked.ts';
import type { FieldFault } from '../core/errors.ts';
import { balances } from '../haproxy/model.ts';
import { checkCookieName, checkHealthPath, checkInstanceId, checkServiceName } from '../haproxy/names.ts';
import { checkHost, checkPath } from '../haproxy/written-routes.ts';
import {
  checkConfigMode,
  listOf,
  maybe,
  portField,
  textField,
  numberField,
  wording,
} from './payload-fields.ts';

/** The longest lists of containers and of candidates. */
export const mostEntries = 20_000;
const mostRouteParts = 50;

/** A value in its normal form, or undefined and everything that is wrong with it. */
interface Parsed<Value> {
  value: Value | undefined;
  faults: FieldFault[];
}

const list = listOf(z.unknown(), mostEntries);
const serviceName = textField(checkServiceName);
const container = { id: textField(checkInstanceId), ip: textField(checkServerAddress) };

const formSchema = z.strictObject({
  table: z.string().min(1, { error: 'must not be empty' }),
  host: maybe(
    textField((text) =>
      matching(text, /^[A-Za-z0-9][A-Za-z0-9._:-]{0,254}$/, '1 to 255 letters, digits, ., _, : and -'),
    ),
  ),
  running: list,
  candidates: maybe(list),
});
const instanceSchema = z.strictObject({ serviceName, ...container });
const containerSchema = z.strictObject(container);
const namedSchema = z.object({ serviceName });
const candidateSchemas = {
  host: { withTls: candidateSchema(checkHost, true), plain: candidateSchema(checkHost, false) },
  path: { withTls: candidateSchema(checkPath, true), plain: candidateSchema(checkPath, false) },
};

/** Reads the payload's own fields; the entries of its lists are left as they are. */
export function parseForm(value: unknown): Parsed<z.infer<typeof formSchema>> {
  const { value: form, faults } = parse(formSchema, value, '');
  return {
    value: form,
    faults: faults.map(({ field, message }) => ({ field: field || 'payload', message })),
  };
}

/** Reads an entry of `running`; its faults are in fields of `field`. */
export function parseInstance(value: unknown, field: string): Parsed<z.infer<typeof instanceSchema>> {
  return parse(instanceSchema, value, field);
}

/** Reads a container of a candidate; its faults are in fields of `field`. */
export function parseContainer(value: unknown, field: string): Parsed<z.infer<typeof containerSchema>> {
  return parse(containerSchema, value, field);
}

/** The name of the service that a candidate is for, when that at least is valid. */
export function serviceNameIn(candidate: unknown): string | undefined {
  return namedSchema.safeParse(candidate).data?.serviceName;
}

/**
 * Reads a candidate; its containers are left as they are. The mode tells whether the predicate is a host or a path.
 * @param field what the faults are in fields of
 * @param knowsTls whether HAProxy can tell TLS from the clear, which `tls: true` needs
 */
export function parseCandidate(value: unknown, field: string, knowsTls: boolean) {
  const { configMode, strip, paths } = Object(value) as Record<string, unknown>;
  const mode = typeof configMode === 'string' && configMode.toLowerCase() === 'path' ? 'path' : 'host';
  const result = parse(candidateSchemas[mode][knowsTls ? 'withTls' : 'plain'], value, field);
  const hasPath = mode === 'path' || (Array.isArray(paths) && paths.length > 0);
  if (strip !== true || hasPath) return result;
  const pathless: FieldFault = { field: `${field}.strip`, message: 'needs a path' };
  return { value: undefined, faults: [...result.faults, pathless] };
}

function candidateSchema(checkPredicate: typeof checkHost, knowsTls: boolean) {
  const cookie = textField<string | undefined>((text) =>
    text === '' ? accepted(undefined) : checkCookieName(text),
  );
  const fields = z.strictObject({
    serviceName,
    configMode: maybe(textField(checkConfigMode)).transform((mode) => mode ?? 'host'),
    predicate: textField(checkPredicate),
    cookie: maybe(cookie),
    port: portField,
    containers: list,
    hosts: routeParts(textField(checkHost)),
    paths: routeParts(textField(checkPath)),
    strip: maybe(z.boolean()),
    balance: maybe(textField(accepted).pipe(z.enum(balances))),
    check: maybe(textField(checkHealthPath)),
    weight: maybe(numberField(0, 256)),
    maxconn: maybe(numberField(1, 1_000_000)),
    tls: maybe(z.boolean().refine((tls) => !tls || knowsTls, 'needs TLS_BIND or TRUSTED_PROXIES')),
  });
  return fields.transform((candidate) => {
    const { serviceName, containers: _, ...definition } = candidate;
    return { serviceName, definition };
  });
}

/** A set written as a list: sorted, without repeats, and absent when it is empty. */
function routeParts(item: z.ZodType<string>): z.ZodType<string[] | undefined> {
  return maybe(listOf(item, mostRouteParts)).transform((items) =>
    items === undefined || items.length === 0 ? undefined : [...new Set(items)].sort(),
  );
}

/** Words are made for what is refused alone: they take as long as the rest, and there are thousands of rows. */
function parse<Value>(schema: z.ZodType<Value>, value: unknown, field: string): Parsed<Value> {
  const result = schema.safeParse(value);
  if (result.success) return { value: result.data, faults: [] };
  const issues = schema.safeParse(value, { error: wording }).error?.issues ?? [];
  const faults = issues
    .flatMap(fieldIssues)
    .map(({ path, message }) => ({ field: fieldOf(field, path), message }));
  return { value: undefined, faults };
}

/** Unknown fields are one fault each, at the field itself. */
function fieldIssues(issue: z.core.$ZodIssue): { path: readonly PropertyKey[]; message: string }[] {
  if (issue.code !== 'unrecognized_keys') return [issue];
  return issue.keys.map((key) => ({ path: [...issue.path, key.slice(0, 100)], message: 'is not known' }));
}

/** `candidates[0].hosts[1]` */
function fieldOf(start: string, path: readonly PropertyKey[]): string {
  const rest = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return (start + rest).replace(/^\./, '');
}
