import * as z from 'zod';
import { checkedText } from '../config/fields.ts';
import { checkPort } from '../core/network/addresses.ts';
import { type Checked, accepted, checkNumber, refused } from '../core/checked.ts';
import { everyPath } from '../core/network/route.ts';
import { checkRouteHost, checkRoutePath } from '../haproxy/names.ts';

/** Text of a field in its normal form. Blanks around it are a slip that nobody sees, so they are named. */
export function textField<Value>(check: (text: string) => Checked<Value>): z.ZodType<Value, string> {
  return checkedText((text) => {
    const blanks = withoutBlanks(text);
    return blanks.ok ? check(text) : blanks;
  });
}

/** An optional field, which clients in many languages send as null when they have no value for it. */
export function maybe<Output>(schema: z.ZodType<Output>): z.ZodType<Output | undefined> {
  return schema.nullish().transform((value) => value ?? undefined);
}

/** A list of at most so many entries. */
export function listOf<Item>(item: z.ZodType<Item>, most: number): z.ZodType<Item[]> {
  return z.array(item).max(most, { error: `must hold at most ${most} entries` });
}

/** A number without a fraction, within bounds. */
export function numberField(min: number, max: number): z.ZodType<number> {
  return z.number().transform((value, context) => {
    const result = checkNumber(value, min, max);
    if (result.ok) return result.value;
    context.addIssue(result.problem);
    return z.NEVER;
  });
}

/** Ports come as numbers and, from environment variables of containers, as text. */
export const portField = z.unknown().transform((value, context) => {
  const port = portIn(value);
  if (port === undefined) context.addIssue(value === undefined ? 'is required' : portProblem(value));
  return port ?? z.NEVER;
});

/** `host` or `path`, in any case. */
export function checkConfigMode(text: string): Checked<'host' | 'path'> {
  const mode = text.toLowerCase();
  return mode === 'host' || mode === 'path' ? accepted(mode) : refused('host or path', text);
}

/**
 * Hosts of routes as reporters name them. A port is dropped: HAProxy looks a host up without it.
 * @returns the host as checkRouteHost writes it
 */
export function checkHost(text: string): Checked<string> {
  if (text.includes('://')) return refused('a host without a scheme', text);
  if (text.includes('/')) return refused('a host without a path', text);
  const [, host, port] = /^(\[[^\]]*\]|[^:[\]]*):([^:]*)$/.exec(text) ?? [];
  if (host === undefined || port === undefined) return checkRouteHost(text);
  if (portIn(port) === undefined) return refused('a host without a port, or with one from 1 to 65535', text);
  const result = checkRouteHost(host);
  return result.ok ? result : refused('a host name or an IP address before its port', text);
}

/**
 * Path prefixes as reporters name them: one slash at the end is dropped, and `/` alone is every path.
 * @returns the path as checkRoutePath writes it
 */
export function checkPath(text: string): Checked<string> {
  if (text === everyPath) return accepted(everyPath);
  const path = checkRoutePath(text.replace(/([^/])\/$/, '$1'));
  return path.ok ? path : checkRoutePath(text);
}

/** What zod's own checks say, in the words of the other messages. */
export function wording(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_value') {
    return refused(`one of ${issue.values.join(', ')}`, issue.input).problem;
  }
  if (issue.code !== 'invalid_type') return undefined;
  return issue.input === undefined
    ? 'is required'
    : refused(`of type ${issue.expected}`, issue.input).problem;
}

function withoutBlanks(text: string): Checked<string> {
  return text.length === text.trim().length ? accepted(text) : refused('without blanks around it', text);
}

function portIn(value: unknown): number | undefined {
  const port = typeof value === 'string' && /^[0-9]{1,5}$/.test(value) ? Number(value) : value;
  return typeof port === 'number' && checkPort(port).ok ? port : undefined;
}

function portProblem(value: unknown): string {
  const blanks = typeof value === 'string' ? withoutBlanks(value) : accepted('');
  return blanks.ok ? refused('a port from 1 to 65535', value).problem : blanks.problem;
}
