import { checkHostPattern, checkPathPrefix } from '../core/network/route.ts';

/** What the value of a tag may be. */
export interface ValueRule {
  /** How a value counts; undefined for one that is not allowed. */
  readonly read: (value: string) => string | undefined;
  /** In words. */
  readonly allowed: string;
}

export const serviceName: ValueRule = {
  read: matching(/^[A-Za-z0-9]([A-Za-z0-9_.-]{0,126}[A-Za-z0-9])?$/),
  allowed: 'letters, digits, `_`, `.` and `-`, 128 at most, a letter or digit at both ends',
};

/** Of all hosts of routes, a tag takes names of RFC 1123 as they are written, and `*.` and one. */
export const routeHost: ValueRule = {
  read(value) {
    const host = checkHostPattern(value);
    return host.ok && host.value === value && !/[_[]/.test(value) ? value : undefined;
  },
  allowed: 'a lower-case host name, or `*.` and one',
};

export const routePath: ValueRule = {
  read(value) {
    const path = checkPathPrefix(value);
    return path.ok ? path.value : undefined;
  },
  allowed:
    '`/`, or segments of letters, digits, `.`, `_`, `~` and `-`, each after a `/`, none of them `.` or `..`',
};

/** Of one alias among those of a list. */
export const alias: ValueRule = {
  read: matching(/^[A-Za-z0-9_-]{1,128}$/),
  allowed: 'alias names of letters, digits, `-` and `_`, separated by `+`',
};

/** The words of a `+`-separated tag value (commas are not allowed in tag values), trimmed, without empty ones. */
export function listOf(value: string | undefined): string[] {
  return (value ?? '')
    .split('+')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

function matching(pattern: RegExp): ValueRule['read'] {
  return (value) => (pattern.test(value) ? value : undefined);
}
