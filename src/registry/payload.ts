import * as z from 'zod';
import { checkedText } from '../config/fields.ts';
import { sameJson } from '../core/same-json.ts';
import { checkServerAddress } from '../core/addresses.ts';
import { accepted, matching, refused } from '../core/checked.ts';
import { type Balance, balances } from '../haproxy/model.ts';
import {
  checkCookieName,
  checkHealthPath,
  checkInstanceId,
  checkRouteHost,
  checkRoutePath,
  checkServiceName,
} from '../haproxy/names.ts';
import { refusal } from './refusal.ts';

/** A container that runs somewhere, as its host reports it. */
export interface Running {
  readonly serviceName: string;
  readonly id: string;
  readonly ip: string;
}

export type Container = Omit<Running, 'serviceName'>;

/** How a service is reached and served; every value in its normal form. */
export interface Definition {
  readonly configMode: 'host' | 'path';
  readonly predicate: string;
  readonly port: number;
  readonly cookie?: string | undefined;
  readonly hosts?: readonly string[] | undefined;
  readonly paths?: readonly string[] | undefined;
  readonly strip?: boolean | undefined;
  readonly balance?: Balance | undefined;
  readonly check?: string | undefined;
  readonly weight?: number | undefined;
  readonly maxconn?: number | undefined;
  readonly tls?: boolean | undefined;
}

interface Candidate {
  readonly serviceName: string;
  readonly definition: Definition;
  readonly containers: readonly Container[];
}

export interface Payload {
  readonly table: string;
  readonly host?: string | undefined;
  readonly running: readonly Running[];
  readonly candidates: readonly Candidate[];
}

const mostEntries = 20_000;
const mostRoutes = 50;
const mostErrors = 1_000;

/** An optional field, which clients in many languages send as null when they have no value for it. */
function maybe<Output>(schema: z.ZodType<Output>): z.ZodType<Output | undefined> {
  return schema.nullish().transform((value) => value ?? undefined);
}

function listOf<Item>(item: z.ZodType<Item>, most: number): z.ZodType<Item[]> {
  return z.array(item).max(most, { error: `must hold at most ${most} entries` });
}

/** A set written as a list: sorted, without repeats, and absent when it is empty. */
function routeParts(item: z.ZodType<string>): z.ZodType<string[] | undefined> {
  return maybe(listOf(item, mostRoutes)).transform((items) =>
    items === undefined || items.length === 0 ? undefined : [...new Set(items)].sort(),
  );
}

function wholeNumber(min: number, max: number): z.ZodType<number> {
  const rule = { error: `must be a whole number from ${min} to ${max}` };
  return z.number().int(rule).min(min, rule).max(max, rule);
}

/** Ports come as numbers and, from environment variables of containers, as text. */
const port = z.unknown().transform((value, context) => {
  const number = typeof value === 'string' && /^[0-9]{1,5}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number) && number >= 1 && number <= 65_535)
    return number;
  context.addIssue(value === undefined ? 'is required' : refused('a port from 1 to 65535', value).problem);
  return z.NEVER;
});

const host = checkedText((text) =>
  matching(text, /^[A-Za-z0-9][A-Za-z0-9._:-]{0,254}$/, '1 to 255 letters, digits, ., _, : and -'),
);
const cookie = checkedText<string | undefined>((text) =>
  text === '' ? accepted(undefined) : checkCookieName(text),
);
const serviceName = checkedText(checkServiceName);
const routeHost = checkedText(checkRouteHost);
const routePath = checkedText(checkRoutePath);
const container = { id: checkedText(checkInstanceId), ip: checkedText(checkServerAddress) };

function candidateSchema<Mode extends Definition['configMode']>(
  configMode: z.ZodType<Mode>,
  predicate: z.ZodType<string>,
  knowsTls: boolean,
): z.ZodType<Candidate> {
  const fields = z.strictObject({
    serviceName,
    configMode,
    predicate,
    cookie: maybe(cookie),
    port,
    containers: listOf(z.strictObject(container), mostEntries),
    hosts: routeParts(routeHost),
    paths: routeParts(routePath),
    strip: maybe(z.boolean()),
    balance: maybe(z.enum(balances)),
    check: maybe(checkedText(checkHealthPath)),
    weight: maybe(wholeNumber(0, 256)),
    maxconn: maybe(wholeNumber(1, 1_000_000)),
    tls: maybe(z.boolean().refine((tls) => !tls || knowsTls, 'needs TLS_BIND or TRUSTED_PROXIES')),
  });
  return fields.transform(({ serviceName, containers, ...definition }) => ({
    serviceName,
    containers,
    definition,
  }));
}

/**
 * The predicate is a host or a path, so that the mode decides which schema a candidate must meet. One that does not is
 * undefined, so that the others are still compared.
 */
function candidate(knowsTls: boolean): z.ZodType<Candidate | undefined> {
  const mode = z.enum(['host', 'path'], { error: 'must be host or path' });
  const hostMode = mode.nullish().transform((mode) => mode ?? 'host');
  const byHost = candidateSchema(hostMode, routeHost, knowsTls);
  const byPath = candidateSchema(z.literal('path'), routePath, knowsTls);
  return z.unknown().transform((value, context) => {
    const { configMode, strip, paths } = Object(value) as Record<string, unknown>;
    const hasPath = configMode === 'path' || (Array.isArray(paths) && paths.length > 0);
    if (strip === true && !hasPath) {
      context.addIssue({ code: 'custom', path: ['strip'], message: 'needs a path', continue: true });
    }
    const result = (configMode === 'path' ? byPath : byHost).safeParse(value, { error: wording });
    if (result.success) return result.data;
    for (const { path, message } of result.error.issues.flatMap(faults)) {
      context.addIssue({ code: 'custom', path: [...path], message, continue: true });
    }
    return undefined;
  });
}

function payloadSchema(knowsTls: boolean): z.ZodType<Payload> {
  return z.strictObject({
    table: z.string().min(1, { error: 'must not be empty' }),
    host: maybe(host),
    running: listOf(z.strictObject({ serviceName, ...container }), mostEntries),
    candidates: maybe(listOf(candidate(knowsTls), mostEntries).superRefine(agreeing)).transform(
      (candidates) => candidates?.filter((one) => one !== undefined) ?? [],
    ),
  });
}

const schemas = { withTls: payloadSchema(true), withoutTls: payloadSchema(false) };

/**
 * Reads the payload of `POST /generate`. Values come out in their normal form and unknown fields are refused.
 * @param knowsTls whether HAProxy can tell TLS from the clear, which `tls: true` needs
 * @throws AppError PAYLOAD_INVALID with every invalid field
 */
export function readPayload(value: unknown, knowsTls: boolean): Payload {
  const schema = knowsTls ? schemas.withTls : schemas.withoutTls;
  const result = schema.safeParse(value, { error: wording });
  if (result.success) return result.data;
  const errors = result.error.issues
    .flatMap(faults)
    .slice(0, mostErrors)
    .map(({ path, message }) => ({ field: fieldOf(path) || 'payload', message }));
  throw refusal('PAYLOAD_INVALID', 'The payload is invalid', errors);
}

/** Several candidates may bring containers of one service, provided that they agree on the rest. */
function agreeing(candidates: readonly (Candidate | undefined)[], context: z.RefinementCtx): void {
  const definitions = new Map<string, Definition>();
  for (const [at, candidate] of candidates.entries()) {
    if (candidate === undefined) continue;
    const { serviceName, definition } = candidate;
    const first = definitions.get(serviceName);
    if (first && !sameJson(first, definition)) {
      const message = `is the service ${serviceName}, which an earlier candidate defines differently`;
      context.addIssue({ code: 'custom', path: [at, 'serviceName'], message });
    }
    definitions.set(serviceName, first ?? definition);
  }
}

/** What zod's own checks say, in the words of the other messages. */
function wording(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type') {
    return issue.input === undefined
      ? 'is required'
      : refused(`of type ${issue.expected}`, issue.input).problem;
  }
  if (issue.code === 'invalid_value')
    return refused(`one of ${issue.values.join(', ')}`, issue.input).problem;
  return undefined;
}

/** Unknown fields are one fault each, at the field itself. */
function faults(issue: z.core.$ZodIssue): { path: readonly PropertyKey[]; message: string }[] {
  if (issue.code !== 'unrecognized_keys') return [issue];
  return issue.keys.map((key) => ({ path: [...issue.path, key.slice(0, 100)], message: 'is not known' }));
}

/** `candidates[0].port` */
function fieldOf(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}
